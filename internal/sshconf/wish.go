package sshconf

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/sshconf/config"
)

// wish is how hosts are to be logged in to, before any key was read.
type wish struct {
	keys  Want
	login fleet.Login // but for its offers and agent
}

// wish puts together what the user asks for and what ssh_config says of a host.
func (r *Routes) wish(s config.Settings) wish {
	w := wish{keys: Want{
		Files: s.IdentityFiles, Certificates: s.CertificateFiles, Only: s.IdentitiesOnly, Agent: r.Agent,
	}}
	if len(r.Identities) > 0 {
		w.keys.Files, w.keys.Named = r.Identities, true
	}
	switch s.IdentityAgent {
	case "", "SSH_AUTH_SOCK":
	case "none":
		w.keys.Agent = ""
	default:
		w.keys.Agent = s.IdentityAgent
	}
	if r.NoAgent {
		w.keys.Agent = ""
	}
	l := &w.login
	l.Methods = methods(s)
	supported := ssh.SupportedAlgorithms()
	l.KeyExchanges = r.algorithms("KexAlgorithms", s.KexAlgorithms, supported.KeyExchanges)
	l.Ciphers = r.algorithms("Ciphers", s.Ciphers, supported.Ciphers)
	l.MACs = r.algorithms("MACs", s.MACs, supported.MACs)
	l.HostKeyAlgorithms = r.algorithms("HostKeyAlgorithms", s.HostKeyAlgorithms, hostKeysInOrder(supported.HostKeys))
	l.KeyAlgorithms = r.algorithms("PubkeyAcceptedAlgorithms", s.PubkeyAcceptedAlgorithms, withCertificates(supported.PublicKeyAuths))
	if r.FastKex {
		l.KeyExchanges = fastFirst(l.KeyExchanges, supported.KeyExchanges)
	}
	timeout := s.ConnectTimeout
	if timeout == 0 || r.PinTimeout {
		timeout = r.ConnectTimeout
	}
	l.ConnectTimeoutMS = timeout.Milliseconds()
	l.KeepAliveMS, l.KeepAlives = s.ServerAliveInterval.Milliseconds(), s.ServerAliveCountMax
	switch s.AddressFamily {
	case "inet":
		l.Family = "4"
	case "inet6":
		l.Family = "6"
	}
	l.Bind = s.BindAddress
	return w
}

// hostKeysInOrder puts ed25519 first, as OpenSSH does: a host shows the first that it has.
func hostKeysInOrder(names []string) []string {
	later := func(name string) bool { return !strings.HasPrefix(name, ssh.KeyAlgoED25519) }
	first := slices.DeleteFunc(slices.Clone(names), later)
	return append(first, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !later(name) })...)
}

// fastKex are the key exchanges that cost the least CPU. Neither holds against a quantum computer.
var fastKex = []string{"ecdh-sha2-nistp256", ssh.KeyExchangeCurve25519}

func fastFirst(chosen, supported []string) []string {
	if chosen == nil {
		chosen = supported
	}
	fast := slices.DeleteFunc(slices.Clone(fastKex), func(name string) bool { return !slices.Contains(chosen, name) })
	return append(fast, slices.DeleteFunc(slices.Clone(chosen), func(name string) bool { return slices.Contains(fast, name) })...)
}

// methods are those of authentication that a host may be tried with, in their order; nil: all that there are.
func methods(s config.Settings) []string {
	all := []string{fleet.MethodKeys, fleet.MethodInteractive, fleet.MethodPassword}
	off := map[string]bool{
		fleet.MethodKeys: s.NoPubkeyAuthentication, fleet.MethodInteractive: s.NoKbdInteractiveAuthentication,
		fleet.MethodPassword: s.NoPasswordAuthentication,
	}
	chosen := all
	if s.PreferredAuthentications != "" {
		chosen = strings.Split(s.PreferredAuthentications, ",")
	}
	chosen = slices.DeleteFunc(slices.Clone(chosen), func(m string) bool { return off[m] || !slices.Contains(all, m) })
	if slices.Equal(chosen, all) {
		return nil
	}
	return chosen
}

// algorithms reads a list as ssh_config has it: names with * and ?, or after + more than the usual ones, after - less than
// those, after ^ before the others. It is nil for an empty text, and else holds what is supported of it, which may be
// nothing: no host is then let down to less than the user asks for.
func (r *Routes) algorithms(option, text string, supported []string) []string {
	if text == "" {
		return nil
	}
	how := text[0]
	patterns := strings.Split(strings.TrimLeft(text, "+-^"), ",")
	named := []string{}
	for _, pattern := range patterns {
		for _, name := range supported {
			if config.MatchPattern(pattern, name) && !slices.Contains(named, name) {
				named = append(named, name)
			}
		}
	}
	rest := slices.DeleteFunc(slices.Clone(supported), func(name string) bool { return slices.Contains(named, name) })
	switch how {
	case '+': // of what is spoken here, all is usual
		return nil
	case '-':
		return rest
	case '^':
		return append(named, rest...)
	}
	if len(named) == 0 {
		r.note("ssh_config: " + option + " " + text + ": none of these is spoken here; --transport openssh may speak them")
	}
	return named
}

// withCertificates adds to the algorithms that keys sign with their forms for certificates of such keys.
func withCertificates(names []string) []string {
	all := slices.Clone(names)
	for _, name := range names {
		all = append(all, strings.TrimSuffix(name, "@openssh.com")+"-cert-v01@openssh.com")
	}
	return all
}

// note takes in what is to be said once.
func (r *Routes) note(text string) {
	if !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
	}
}
