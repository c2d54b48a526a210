package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Query is a host of which the settings are wanted, with what is asked for outside of the files, which wins.
type Query struct {
	Host string // as it was typed: patterns of Host tell capitals from small letters
	User string // empty: none is asked for
	Port int    // 0: none is asked for
	Jump string // jump hosts, separated by commas; empty: none are asked for, "none": none are wanted
}

// pass is one way through the files for one host.
type pass struct {
	config   *Config
	query    Query
	host     string // what Host patterns are matched with
	final    bool   // it is the second way, for what Match final holds
	stop     *Error // why ssh must evaluate the files, and where
	values   map[string]value
	multiple map[string][]value
}

// value is an option's, and where it stands.
type value struct {
	words []string
	at    Error
}

// evaluate goes through the files, twice if they want that, and returns what applies to the host.
func (c *Config) evaluate(q Query) *pass {
	p := &pass{config: c, query: q, host: q.Host, values: map[string]value{}, multiple: map[string][]value{}}
	p.set("user", q.User)
	if q.Jump != "" {
		p.set("proxyjump", q.Jump)
	}
	p.files()
	if !c.final || p.stop != nil {
		return p
	}
	p.final = true
	p.host = p.target()
	p.set("hostname", literal(p.host))
	p.files()
	return p
}

func (p *pass) set(option, word string) {
	if word != "" {
		p.values[option] = value{words: []string{word}}
	}
}

func (p *pass) files() {
	for _, f := range p.config.files {
		p.file(f)
	}
}

// file goes through a file that applies.
func (p *pass) file(f *file) {
	for _, number := range f.candidates(p.host) {
		b := &f.blocks[number]
		if p.stop != nil || !p.applies(f, b.head) {
			continue
		}
		for i := range b.lines {
			n := &b.lines[i]
			for _, included := range n.include {
				p.file(included)
			}
			if p.stop == nil && (n.keyword != "include" || n.varies) {
				p.take(f, n)
			}
		}
	}
}

// applies reports whether what follows a Host or a Match applies.
func (p *pass) applies(f *file, head *line) bool {
	switch {
	case head == nil:
		return true
	case head.keyword == "host":
		return matchList(head.args, p.host)
	}
	return p.matches(f, head)
}

// take takes in an option that applies, unless it has a value.
func (p *pass) take(f *file, n *line) {
	at := Error{File: f.name, Line: n.number}
	switch {
	case n.option.check == nil, n.option.time && n.args[0] == "none": // which leaves it unset
		return
	case n.option.many:
		known := p.multiple[n.keyword]
		if !slices.ContainsFunc(known, func(v value) bool { return v.words[0] == n.args[0] }) {
			p.multiple[n.keyword] = append(known, value{n.args, at})
		}
		return
	}
	if _, set := p.values[n.keyword]; set {
		return
	}
	// Whichever of these two comes first turns the other off, save that jump hosts turned off leave room for a command.
	if jump := p.word("proxyjump"); n.keyword == "proxycommand" && jump != "" && !strings.EqualFold(jump, "none") {
		return
	}
	if _, set := p.values["proxycommand"]; set && n.keyword == "proxyjump" {
		return
	}
	if n.varies {
		p.stop = at.because(fmt.Sprintf("%q", n.keyword+" "+n.rest))
		return
	}
	p.values[n.keyword] = value{n.args, at}
}

// matches reports whether a Match holds. A condition that only ssh can tell, and on which it depends, stops the pass.
func (p *pass) matches(f *file, n *line) bool {
	result := true
	for _, c := range n.match {
		var holds bool
		switch c.kind {
		case "all":
			holds = true
		case "canonical", "final":
			holds = p.final
		case "host":
			holds = matchList(lowerList(c.patterns), p.target())
		case "originalhost":
			holds = matchList(lowerList(c.patterns), strings.ToLower(p.query.Host))
		case "user":
			holds = matchList(strings.Split(c.patterns, ","), p.user())
		case "localuser":
			holds = matchList(strings.Split(c.patterns, ","), p.config.source.LocalUser)
		default:
			if result {
				p.stop = &Error{File: f.name, Line: n.number, Reason: "Match " + c.kind}
				return false
			}
		}
		if holds == c.negated {
			result = false
		}
	}
	return result
}

func lowerList(patterns string) []string { return strings.Split(strings.ToLower(patterns), ",") }

// target is the host name as far as it is known in this pass, as it is dialled: addresses in their usual form, names in
// lower case.
func (p *pass) target() string {
	name := p.query.Host
	if set := p.word("hostname"); set != "" {
		name, _ = expand(set, hostTokens(p.query.Host), false) // which was checked when it was read
	}
	if address, err := netip.ParseAddr(name); err == nil {
		return address.String()
	}
	return strings.ToLower(name)
}

func (p *pass) user() string {
	if user := p.word("user"); user != "" {
		return user
	}
	return p.config.source.LocalUser
}

// word is an option's value, or "".
func (p *pass) word(option string) string {
	if v := p.values[option]; len(v.words) > 0 {
		return v.words[0]
	}
	return ""
}
