package inventory

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// iniReader reads Ansible's dialect of INI: host lines are words as in a shell, the first a pattern, the others variables.
type iniReader struct {
	*ansible
	file            string
	line            int
	text            string // of the line, without blanks around it
	from            int    // column of its first character
	group           *ansibleGroup
	kind            string         // of the section: hosts, children or vars
	sections, names *regexp.Regexp // sectionForm and childForm
	// Groups that were named before their own section, and where.
	children, variables map[string]place
	defined             map[string]bool
}

// sectionForm is "[GROUP]" or "[GROUP:KIND]", and childForm the name of a group; both may have a comment behind them.
const (
	sectionForm = `^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$`
	childForm   = `^([^:\]\s]+)\s*(?:#.*)?$`
)

func (a *ansible) readINI(file, text string) error {
	r := &iniReader{
		ansible: a, file: file, group: a.groups[groupUngrouped], kind: "hosts",
		sections: regexp.MustCompile(sectionForm), names: regexp.MustCompile(childForm),
		children: map[string]place{}, variables: map[string]place{}, defined: map[string]bool{groupAll: true, groupUngrouped: true},
	}
	for line := range strings.Lines(text) {
		r.line++
		r.text = strings.TrimSpace(line)
		r.from = utf8.RuneCountInString(line[:strings.Index(line, r.text)]) + 1
		if r.text == "" || r.text[0] == '#' || r.text[0] == ';' {
			continue
		}
		if err := r.read(); err != nil {
			return err
		}
	}
	for _, name := range r.ansible.names { // in a fixed order
		if where, named := r.children[name]; named && !r.defined[name] {
			return where.fail("no section defines the group %s", shown(name))
		}
		if where, named := r.variables[name]; named && !r.defined[name] {
			return where.fail("variables of the group %s, which no section defines", shown(name))
		}
	}
	return nil
}

// at is the place of an offset in the line.
func (r *iniReader) at(offset int) place {
	return place{r.file, r.line, r.from + utf8.RuneCountInString(r.text[:offset])}
}

func (r *iniReader) read() error {
	section := r.sections.FindStringSubmatch(r.text)
	switch {
	case section != nil:
		return r.section(section[1], section[2])
	case r.text[0] == '[' && r.text[len(r.text)-1] == ']':
		return r.at(0).fail("%s is no section: [GROUP], [GROUP:children] or [GROUP:vars], without blanks", shown(r.text))
	case r.kind == "vars":
		return r.variable()
	case r.kind == "children":
		return r.child()
	}
	return r.hosts()
}

func (r *iniReader) section(name, kind string) error {
	r.group, r.kind = r.ansible.group(name, r.at(0)), kind
	switch kind {
	case "", "hosts":
		r.kind = "hosts"
		r.defined[name] = true
	case "children":
		r.defined[name] = true
	case "vars":
		if _, again := r.variables[name]; !again {
			r.variables[name] = r.at(0)
		}
	default:
		return r.at(0).fail("a section is of hosts, children or vars, not %s", shown(kind))
	}
	return nil
}

// variable reads a line of [GROUP:vars].
func (r *iniReader) variable() error {
	name, value, ok := strings.Cut(r.text, "=")
	if !ok {
		return r.at(0).fail("%s is not NAME=VALUE", shown(r.text))
	}
	name = strings.TrimSpace(name)
	text := literal(strings.TrimSpace(value))
	if name == priorityVar {
		return r.group.prioritize(text, r.at(0))
	}
	r.group.vars.set(name, text, r.at(0))
	return nil
}

// child reads a line of [GROUP:children].
func (r *iniReader) child() error {
	match := r.names.FindStringSubmatch(r.text)
	if match == nil {
		return r.at(0).fail("%s is not the name of a group", shown(r.text))
	}
	name := match[1]
	if _, again := r.children[name]; !again {
		r.children[name] = r.at(0)
	}
	r.group.child(r.ansible.group(name, r.at(0)))
	return nil
}

// hosts reads a line of [GROUP].
func (r *iniReader) hosts() error {
	words, problem := shellWords(r.text)
	if problem != "" {
		return r.at(0).fail("%s: %s", shown(r.text), problem)
	}
	hosts, err := r.pattern(r.group, words[0].text, r.at(words[0].start))
	if err != nil {
		return err
	}
	for _, w := range words[1:] {
		name, value, ok := strings.Cut(w.text, "=")
		if !ok {
			return r.at(w.start).fail("%s is not NAME=VALUE", shown(w.text))
		}
		for _, h := range hosts {
			h.vars.set(name, literal(value), r.at(w.start))
		}
	}
	return nil
}

// literal is a value of INI, which Ansible takes for Python where it can be: a number or a text in quotes may have a
// comment behind it.
func literal(value string) string {
	bare, _, _ := strings.Cut(value, "#")
	bare = strings.TrimSpace(bare)
	if n := len(bare); n > 1 && (bare[0] == '\'' || bare[0] == '"') && bare[n-1] == bare[0] && !strings.ContainsAny(bare[1:n-1], `\'"`) {
		return bare[1 : n-1]
	}
	if bare != "" && strings.Trim(bare, "0123456789") == "" {
		return bare
	}
	if value == "None" {
		return ""
	}
	return value
}
