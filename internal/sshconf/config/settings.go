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
	if p.stop == nil && isYes(p.word("canonicalizehostname"), "always") {
		at := p.values["canonicalizehostname"].at
		at.Reason = "CanonicalizeHostname"
		p.stop = &at
	}
	if p.stop != nil {
		return c.ask(ctx, q, p.stop)
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
		HostName: strings.ToLower(p.target()), User: p.word("user"), Port: p.query.Port,
		AddressFamily: strings.ToLower(p.word("addressfamily")), BindAddress: p.word("bindaddress"),
		IdentitiesOnly: isYes(p.word("identitiesonly")),
		HostKeyAlias:   strings.ToLower(p.word("hostkeyalias")), StrictHostKeyChecking: strings.ToLower(p.word("stricthostkeychecking")),
		RevokedHostKeys:   p.home(p.word("revokedhostkeys")),
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
	if text := p.word("connecttimeout"); text != "none" {
		s.ConnectTimeout, _ = duration(text)
	}
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
		at := p.values[option].at
		if at.File == "" {
			at.File = "ssh_config"
		}
		at.Reason = option + ": " + err.Error()
		return &at
	}
	for _, list := range []struct {
		option string
		from   []string
		to     *[]string
	}{
		{"identityfile", p.multiple["identityfile"], &s.IdentityFiles},
		{"certificatefile", p.multiple["certificatefile"], &s.CertificateFiles},
		{"userknownhostsfile", p.values["userknownhostsfile"].words, &s.UserKnownHosts},
		{"globalknownhostsfile", p.values["globalknownhostsfile"].words, &s.GlobalKnownHosts},
	} {
		for _, text := range list.from {
			name, err := p.path(text, tokens)
			if err != nil {
				return where(list.option, err)
			}
			if name == "none" {
				*list.to = append(*list.to, "/dev/null")
				continue
			}
			*list.to = append(*list.to, name)
		}
	}
	if s.IdentityAgent, err = p.agent(tokens); err != nil {
		return where("identityagent", err)
	}
	few := map[byte]string{'h': tokens['h'], 'n': tokens['n'], 'p': tokens['p'], 'r': tokens['r']}
	if err := checkPercent(s.ProxyJump, few); err != nil {
		return where("proxyjump", err)
	}
	s.ProxyJump = expandPercent(s.ProxyJump, few)
	command := p.word("proxycommand")
	if command == "" || strings.EqualFold(command, "none") {
		return nil
	}
	if p.config.source.NoCommands {
		return p.values["proxycommand"].at.because("ProxyCommand runs a command, which --no-local-commands refuses")
	}
	if err := checkPercent(command, few); err != nil {
		return where("proxycommand", err)
	}
	s.ProxyCommand = expandPercent(command, few)
	return nil
}

// agent is the socket of the agent: a path, or $NAME of a variable that has it.
func (p *pass) agent(tokens map[byte]string) (string, error) {
	text := p.word("identityagent")
	switch {
	case text == "none", text == "SSH_AUTH_SOCK", text == "":
		return text, nil
	case text[0] == '$' && !strings.HasPrefix(text, "${"):
		return expandEnv("${" + text[1:] + "}")
	}
	return p.path(text, tokens)
}

func (e Error) because(reason string) *Error {
	e.Reason = reason
	return &e
}
