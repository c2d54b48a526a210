package config

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Settings are what ssh_config says of a host, with all that stands for something else replaced. What is not set is zero.
type Settings struct {
	HostName string // what to dial, in lower case
	User     string
	Port     int

	AddressFamily string // "inet", "inet6"
	BindAddress   string

	IdentityFiles, CertificateFiles []string
	IdentitiesOnly                  bool
	IdentityAgent                   string // socket, "none" or "SSH_AUTH_SOCK"

	ProxyJump    string // jump hosts, separated by commas
	ProxyCommand string // for the user's shell

	UserKnownHosts, GlobalKnownHosts []string
	HostKeyAlias                     string
	StrictHostKeyChecking            string // "yes", "no", "ask", "accept-new"
	RevokedHostKeys                  string // file
	HashKnownHosts                   bool   // names that are noted are to be hidden

	// Lists of algorithms as they stand there, with *, ?, and +, - or ^ in front.
	HostKeyAlgorithms, CASignatureAlgorithms, KexAlgorithms, Ciphers, MACs, PubkeyAcceptedAlgorithms string

	PreferredAuthentications       string // separated by commas
	NoPubkeyAuthentication         bool
	NoPasswordAuthentication       bool
	NoKbdInteractiveAuthentication bool

	ConnectTimeout, ServerAliveInterval time.Duration
	ServerAliveCountMax                 int
}

// Resolve returns the settings of a host. It runs ssh -G where it takes ssh to know them, and nothing else. An error is an
// *Error or says what ssh made of it.
func (c *Config) Resolve(ctx context.Context, q Query) (Settings, error) {
	p := c.evaluate(q)
	switch {
	case c.unknown != nil: // it may be a newer ssh's; if not, what stands after it may not be what was meant
		return c.ask(ctx, q, c.unknown)
	case p.stop != nil:
		return c.ask(ctx, q, p.stop)
	case isYes(p.word("canonicalizehostname"), "always"):
		return c.ask(ctx, q, p.values["canonicalizehostname"].at.because("CanonicalizeHostname"))
	case p.word("canonicalizepermittedcnames") != "" && !strings.EqualFold(p.word("canonicalizepermittedcnames"), "none"):
		return c.ask(ctx, q, p.values["canonicalizepermittedcnames"].at.because("CanonicalizePermittedCNAMEs"))
	}
	return p.settings()
}

func isYes(word string, also ...string) bool {
	word = strings.ToLower(word)
	for _, yes := range append(also, "yes", "true") {
		if word == yes {
			return true
		}
	}
	return false
}

func isNo(word string) bool { return strings.EqualFold(word, "no") || strings.EqualFold(word, "false") }

// settings makes settings of what applies.
func (p *pass) settings() (s Settings, err error) {
	s = Settings{
		HostName: p.target(), User: p.word("user"), Port: p.query.Port,
		HashKnownHosts: isYes(p.word("hashknownhosts")),
		AddressFamily:  strings.ToLower(p.word("addressfamily")), BindAddress: p.word("bindaddress"),
		IdentitiesOnly: isYes(p.word("identitiesonly")),
		HostKeyAlias:   strings.ToLower(p.word("hostkeyalias")), StrictHostKeyChecking: strings.ToLower(p.word("stricthostkeychecking")),
		HostKeyAlgorithms: p.word("hostkeyalgorithms"), CASignatureAlgorithms: p.word("casignaturealgorithms"),
		KexAlgorithms: p.word("kexalgorithms"), Ciphers: p.word("ciphers"), MACs: p.word("macs"),
		PubkeyAcceptedAlgorithms: p.word("pubkeyacceptedalgorithms"), PreferredAuthentications: p.word("preferredauthentications"),
		NoPubkeyAuthentication:         isNo(p.word("pubkeyauthentication")),
		NoPasswordAuthentication:       isNo(p.word("passwordauthentication")),
		NoKbdInteractiveAuthentication: isNo(p.word("kbdinteractiveauthentication")),
	}
	if s.Port == 0 {
		s.Port, _ = strconv.Atoi(p.word("port"))
	}
	s.ServerAliveCountMax, _ = strconv.Atoi(p.word("serveralivecountmax"))
	s.ServerAliveInterval, _ = duration(p.word("serveraliveinterval"))
	s.ConnectTimeout, _ = duration(p.word("connecttimeout"))
	switch {
	case isYes(s.StrictHostKeyChecking):
		s.StrictHostKeyChecking = "yes"
	case isNo(s.StrictHostKeyChecking), s.StrictHostKeyChecking == "off":
		s.StrictHostKeyChecking = "no"
	}
	if s.AddressFamily == "any" {
		s.AddressFamily = ""
	}
	if jump := p.word("proxyjump"); !strings.EqualFold(jump, "none") {
		s.ProxyJump = jump
	}
	if text := p.word("refuseconnection"); text != "" {
		return s, p.values["refuseconnection"].at.because("RefuseConnection: " + text)
	}
	return s, p.expand(&s)
}

func (e Error) because(reason string) *Error {
	e.Reason = reason
	if e.File == "" { // it is in none
		e.File = "ssh_config"
	}
	return &e
}
