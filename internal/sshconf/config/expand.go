package config

import (
	"cmp"
	"os"
	"strings"
)

// expand replaces what stands for something else.
func (p *pass) expand(s *Settings) (err error) {
	whole := *s
	if whole.User == "" {
		whole.User = p.config.source.LocalUser
	}
	if whole.Port == 0 {
		whole.Port = 22
	}
	stands := p.tokens(whole)
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
			if err := p.paths(list.option, v, stands, list.to); err != nil {
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
		if s.RevokedHostKeys, err = p.path(revoked, stands); err != nil {
			return where("RevokedHostKeys", err)
		}
	}
	if s.IdentityAgent, err = p.agent(stands); err != nil {
		return where("IdentityAgent", err)
	}
	few := stands.only("%hnpr")
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
func (p *pass) paths(option string, v value, stands tokens, to *[]string) error {
	for _, text := range v.words {
		name, err := p.path(text, stands)
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
func (p *pass) agent(stands tokens) (string, error) {
	text := p.word("identityagent")
	switch {
	case text == "none", text == "SSH_AUTH_SOCK", text == "":
		return text, nil
	case text[0] == '$' && !strings.HasPrefix(text, "${"):
		return cmp.Or(os.Getenv(text[1:]), "none"), nil
	}
	return p.path(text, stands)
}
