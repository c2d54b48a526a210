package sshconf

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/sshconf/config"
)

// judgeCertificate says what to think of a host's certificate. One that is no good counts for nothing, as with OpenSSH: the
// key in it is judged as if it had been shown bare. But where an authority is known for the host, such a key is not new:
// it is refused with what is wrong about the certificate.
func (t *trust) judgeCertificate(name, principal string, c *ssh.Certificate) fleet.Verdict {
	authority, is := t.authority(name, c.SignatureKey.Marshal())
	reason := ""
	switch {
	case !is && authority.key == nil:
		return t.judge(name, c.Key, true)
	case !is:
		reason = fmt.Sprintf("its authority is %s, not that of %s", describe(c.SignatureKey), authority.place())
	default:
		reason = t.fault(principal, c)
	}
	if reason == "" {
		return fleet.Verdict{Decision: fleet.Accept}
	}
	v := t.judge(name, c.Key, true)
	if v.Decision != fleet.Accept {
		v.Reason = fmt.Sprintf("host certificate %.64q is no good: %s; %s", c.KeyId, reason, v.Reason)
	}
	if v.Decision == fleet.Unknown {
		v.Decision = fleet.Certificate
	}
	return v
}

// authority finds out whether a key is that of an authority for hosts of a name. If not, it returns another's, if there is
// one.
func (t *trust) authority(name string, key fleet.Key) (other entry, is bool) {
	names := spellings(name)
	for _, name := range names {
		if slices.ContainsFunc(t.known, func(k *known) bool { return k.authorities.has(name, key) }) {
			return entry{}, true
		}
	}
	for _, name := range names {
		for _, k := range t.known {
			if all := append(slices.Clone(k.authorities.plain[name]), k.authorities.unplain(name)...); len(all) > 0 {
				return all[0], false
			}
		}
	}
	return entry{}, false
}

// fault says what is wrong with a certificate by an authority that is trusted, or "". The names in it may be patterns, and
// none at all stands for no host. So newer versions of OpenSSH have it; to versions before 10.3, and to the SSH library,
// none stands for every host.
func (t *trust) fault(principal string, c *ssh.Certificate) string {
	principals := slices.IndexFunc(c.ValidPrincipals, func(pattern string) bool { return config.MatchPattern(pattern, principal) })
	switch {
	case c.CertType != ssh.HostCert:
		return "it is not for a host"
	case !slices.Contains(t.algorithms, c.Signature.Format):
		return fmt.Sprintf("it is signed by %q, which is not allowed", c.Signature.Format)
	case principals < 0:
		return fmt.Sprintf("it is for %s, not for %s", listed(c.ValidPrincipals), principal)
	}
	// What is left: critical options, of which none are known for hosts, the time, and the signature.
	if err := new(ssh.CertChecker).CheckCert(c.ValidPrincipals[principals], c); err != nil {
		return strings.TrimPrefix(err.Error(), "ssh: ")
	}
	return ""
}

// listed says whom a certificate is for, of many some.
func listed(principals []string) string {
	const most = 3
	text := fmt.Sprintf("%.64q", principals[:min(len(principals), most)])
	if len(principals) > most {
		text += fmt.Sprintf(" and %d more", len(principals)-most)
	}
	return text
}

// maxTries bounds the lines that are tried to tell whether a host may have a certificate.
const maxTries = 32

// mayBeCertified reports whether some authority may certify a host's key. Where it would take too long to tell, it says
// so: a host that is asked for a certificate without need is asked about, and then judged by its key.
func (t *trust) mayBeCertified(name string) bool {
	tries := 0
	for _, k := range t.known {
		tries += len(k.authorities.tried)
	}
	if tries > maxTries {
		return true
	}
	other, _ := t.authority(name, nil)
	return other.key != nil
}
