package config

import (
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
	again    bool   // there is a Match final: there must be a second way
	stop     *Error // why ssh must evaluate the files, and where
	values   map[string]value
	multiple map[string][]string
}

// value is an option's, and where it stands.
type value struct {
	words []string
	at    Error
}

// evaluate goes through the files, twice if they want that, and returns what applies to the host.
func (c *Config) evaluate(q Query) *pass {
	p := &pass{config: c, query: q, host: q.Host, values: map[string]value{}, multiple: map[string][]string{}}
	p.set("user", q.User)
	if q.Jump != "" {
		p.set("proxyjump", q.Jump)
	}
	p.files()
	if !p.again || p.stop != nil {
		return p
	}
	p.final = true
	p.host = strings.ToLower(p.target())
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
		p.file(f, true, true)
	}
}

// file goes through a file. Where it is included from lines that do not apply, none of it ever does. It returns whether what
// follows would apply.
func (p *pass) file(f *file, active, ever bool) {
	for i := range f.lines {
		n := &f.lines[i]
		if p.stop != nil {
			return
		}
		switch n.keyword {
		case "host":
			active = ever && matchList(n.args, p.host)
		case "match":
			active = p.matches(f, n, ever) && ever
		case "include":
			for _, included := range n.include {
				p.file(included, active, ever && active)
			}
		default:
			if active {
				p.take(f, n)
			}
		}
	}
}

// take takes in an option that applies, unless it has a value.
func (p *pass) take(f *file, n *line) {
	if n.option.check == nil {
		return
	}
	if n.option.many {
		if !slices.Contains(p.multiple[n.keyword], n.args[0]) {
			p.multiple[n.keyword] = append(p.multiple[n.keyword], n.args[0])
		}
		return
	}
	if _, set := p.values[n.keyword]; set {
		return
	}
	// Whichever of these two comes first turns the other off.
	if _, set := p.values["proxyjump"]; set && n.keyword == "proxycommand" {
		return
	}
	if _, set := p.values["proxycommand"]; set && n.keyword == "proxyjump" {
		return
	}
	p.values[n.keyword] = value{n.args, Error{File: f.name, Line: n.number}}
}

// matches reports whether a Match holds. A condition that only ssh can tell, and on which it depends, stops the pass.
func (p *pass) matches(f *file, n *line, ever bool) bool {
	result := true
	for _, c := range n.match {
		var holds bool
		switch c.kind {
		case "all":
			holds = true
		case "canonical":
			holds = p.final
		case "final":
			holds = p.final
			p.again = true
		case "host":
			holds = matchList(lowerList(c.patterns), strings.ToLower(p.target()))
		case "originalhost":
			holds = matchList(lowerList(c.patterns), strings.ToLower(p.query.Host))
		case "user":
			holds = matchList(strings.Split(c.patterns, ","), p.user())
		case "localuser":
			holds = matchList(strings.Split(c.patterns, ","), p.config.source.LocalUser)
		default:
			if result && ever {
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

// target is the host name as far as it is known in this pass.
func (p *pass) target() string {
	if name := p.word("hostname"); name != "" {
		return expandPercent(name, map[byte]string{'h': p.query.Host})
	}
	return p.query.Host
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
