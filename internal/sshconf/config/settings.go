package config

import (
	"cmp"
	"context"
	"os"
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
		AddressFamily: strings.ToLower(p.word("addressfamily")), BindAddress: p.word("bindaddress"),
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

// expand replaces what stands for something else.
func (p *pass) expand(s *Settings) (err error) {
	whole := *s
	if whole.User == "" {
		whole.User = p.config.source.LocalUser
	}
	if whole.Port == 0 {
		whole.Port = 22
	}
	tokens := p.tokens(whole)
	where := func(option string, err error) error {
		return p.values[strings.ToLower(option)].at.because(option + ": " + err.Error())
	}
	for _, list := range []struct {
		option string
		from   []value
		to     *[]string
	}{
		{"IdentityFile", p.multiple["identityfile"], &s.IdentityFiles},
		{"CertificateFile", p.multiple["certificatefile"], &s.CertificateFiles},
		{"UserKnownHostsFile", []value{p.values["userknownhostsfile"]}, &s.UserKnownHosts},
	} {
		for _, v := range list.from {
			if err := p.paths(list.option, v, tokens, list.to); err != nil {
				return err
			}
		}
	}
	for _, text := range p.values["globalknownhostsfile"].words { // which has no tokens
		name, err := tilde(text, p.config.source.Home)
		if err != nil {
			return where("GlobalKnownHostsFile", err)
		}
		s.GlobalKnownHosts = append(s.GlobalKnownHosts, noneIsEmpty(name))
	}
	if revoked := p.word("revokedhostkeys"); !strings.EqualFold(revoked, "none") {
		if s.RevokedHostKeys, err = p.path(revoked, tokens); err != nil {
			return where("RevokedHostKeys", err)
		}
	}
	if s.IdentityAgent, err = p.agent(tokens); err != nil {
		return where("IdentityAgent", err)
	}
	few := map[byte]string{'%': "%", 'h': tokens['h'], 'n': tokens['n'], 'p': tokens['p'], 'r': tokens['r']}
	if s.ProxyJump, err = expand(s.ProxyJump, few, false); err != nil {
		return where("ProxyJump", err)
	}
	command := p.word("proxycommand")
	if command == "" || strings.EqualFold(command, "none") {
		return nil
	}
	if p.config.source.NoCommands {
		return p.values["proxycommand"].at.because("ProxyCommand runs a command, which --no-local-commands refuses")
	}
	if s.ProxyCommand, err = expand(command, few, false); err != nil {
		return where("ProxyCommand", err)
	}
	return nil
}

// paths adds the files that an option names.
func (p *pass) paths(option string, v value, tokens map[byte]string, to *[]string) error {
	for _, text := range v.words {
		name, err := p.path(text, tokens)
		if err != nil {
			return v.at.because(option + ": " + err.Error())
		}
		*to = append(*to, noneIsEmpty(name))
	}
	return nil
}

// noneIsEmpty is a file with nothing in it for none, which is not the same as no file: that stands for the usual ones.
func noneIsEmpty(name string) string {
	if strings.EqualFold(name, "none") {
		return os.DevNull
	}
	return name
}

// agent is the socket of the agent: a path, or $NAME of a variable that has it.
func (p *pass) agent(tokens map[byte]string) (string, error) {
	text := p.word("identityagent")
	switch {
	case text == "none", text == "SSH_AUTH_SOCK", text == "":
		return text, nil
	case text[0] == '$' && !strings.HasPrefix(text, "${"):
		return cmp.Or(os.Getenv(text[1:]), "none"), nil
	}
	return p.path(text, tokens)
}

func (e Error) because(reason string) *Error {
	e.Reason = reason
	if e.File == "" { // it is in none
		e.File = "ssh_config"
	}
	return &e
}
