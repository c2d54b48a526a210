package remote

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// certified is the signer for a certificate of its key; without one it is the signer itself.
func certified(certificate *ssh.Certificate, signer ssh.Signer) (ssh.MultiAlgorithmSigner, error) {
	able, ok := signer.(ssh.AlgorithmSigner)
	algorithms := signing(signer.PublicKey().Type())
	if !ok || len(algorithms) == 0 {
		return nil, fmt.Errorf("a %s does not sign", signer.PublicKey().Type())
	}
	multi, err := ssh.NewSignerWithAlgorithms(able, algorithms)
	if err != nil || certificate == nil {
		return multi, err
	}
	signer, err = ssh.NewCertSigner(certificate, multi)
	if err != nil {
		return nil, err
	}
	return signer.(ssh.MultiAlgorithmSigner), nil
}

// signing are the algorithms that a key of a type signs with, the best first. None are of SHA-1.
func signing(typ string) []string {
	switch typ {
	case "ssh-dss", "ssh-dss" + certificateSuffix:
		return nil
	case ssh.KeyAlgoRSA, ssh.CertAlgoRSAv01:
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{strings.Replace(typ, certificateSuffix, atOpenSSH(typ), 1)}
}

// atOpenSSH is how the type of a certificate's key ends: OpenSSH's own say so.
func atOpenSSH(typ string) string {
	if strings.HasPrefix(typ, "sk-") {
		return "@openssh.com"
	}
	return ""
}

// accepted are the signers as far as the login has algorithms for them.
func (l *login) accepted(all []ssh.MultiAlgorithmSigner) (accepted []ssh.MultiAlgorithmSigner) {
	if l.KeyAlgorithms == nil {
		return all
	}
	for _, signer := range all {
		suffix := ""
		if strings.HasSuffix(signer.PublicKey().Type(), certificateSuffix) {
			suffix = certificateSuffix
		}
		algorithms := slices.DeleteFunc(slices.Clone(signer.Algorithms()), func(name string) bool {
			if suffix != "" {
				name = strings.TrimSuffix(name, "@openssh.com") + suffix
			}
			return !slices.Contains(l.KeyAlgorithms, name)
		})
		if restricted, err := ssh.NewSignerWithAlgorithms(signer, algorithms); err == nil {
			accepted = append(accepted, restricted)
		}
	}
	return accepted
}
