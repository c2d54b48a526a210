package inventory

import (
	"strconv"
	"strings"

	"muster/internal/hostlist"
)

// letters are in the order of Ansible's ranges of letters.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// pattern adds the hosts of one of Ansible's patterns, such as web[01:50:2].example.com, db-[a:f] or web1:2222, to a group.
// Nothing is expanded that would be over the limit.
func (a *ansible) pattern(g *ansibleGroup, pattern string, where place) ([]*ansibleHost, error) {
	name, port := splitPort(pattern)
	names, err := a.expand(name)
	if err != nil {
		return nil, where.locate(err)
	}
	var hosts []*ansibleHost
	for _, name := range names {
		known := a.byName[name] != nil
		h, err := a.host(g, name, where)
		if err != nil {
			return nil, err
		}
		if port != "" && !known {
			h.vars.set("ansible_port", port, where)
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}

// expand lists the names of a pattern. One without ranges is a name, whatever it holds.
func (a *ansible) expand(pattern string) ([]string, error) {
	if _, err := hostlist.ParseHost(pattern); err == nil {
		return []string{pattern}, nil
	}
	exprs := translate(pattern, a.max)
	if exprs == nil {
		return []string{pattern}, nil
	}
	var all []string
	for _, expr := range exprs {
		names, _, err := hostlist.Expand(expr, a.max)
		if err != nil {
			return nil, err
		}
		if all = append(all, names...); len(all) > a.max {
			break // there are too many, whatever they are
		}
	}
	return all, nil
}

// splitPort takes the port off a pattern that has one. A colon within brackets, or one of several, is no port's.
func splitPort(pattern string) (name, port string) {
	i := strings.LastIndexByte(pattern, ':')
	if i < 0 || pattern[i+1:] == "" || strings.Trim(pattern[i+1:], "0123456789") != "" {
		return pattern, ""
	}
	name, port = pattern[:i], pattern[i+1:]
	outside := name
	for {
		before, rest, _ := strings.Cut(outside, "[")
		_, after, closed := strings.Cut(rest, "]")
		if !closed {
			break
		}
		outside = before + after
	}
	_, err := hostlist.ParseHost(name)
	switch {
	case outside == "" && err == nil: // [2001:db8::1]:22
		return strings.Trim(name, "[]"), port
	case strings.ContainsAny(outside, ":[]"):
		return pattern, ""
	}
	return name, port
}

// translate writes a pattern with ranges as expressions: ranges of numbers in our form, those of letters one expression a
// letter. There are no more than a limit and one, which are too many. What has no ranges, or others, is no pattern: nil.
func translate(pattern string, most int) []string {
	if strings.ContainsAny(pattern, " \t\r\n,!&^@") || !strings.Contains(pattern, "[") {
		return nil
	}
	done := []string{""}
	for pattern != "" {
		before, rest, opened := strings.Cut(pattern, "[")
		done = appended(done, []string{before}, most)
		if !opened {
			break
		}
		inside, after, closed := strings.Cut(rest, "]")
		span := ranged(inside)
		if !closed || span == nil {
			return nil
		}
		done = appended(done, span, most)
		pattern = after
	}
	return done
}

// ranged writes what stands in brackets in our form; nil: it is no range of Ansible's.
func ranged(inside string) []string {
	bounds := strings.Split(inside, ":")
	if len(bounds) < 2 || len(bounds) > 3 || strings.ContainsAny(inside, "-/") {
		return nil
	}
	from, to := strings.Index(letters, bounds[0]), strings.Index(letters, bounds[1])
	if len(bounds[0]) != 1 || len(bounds[1]) != 1 || from < 0 || to < from {
		if bounds[0] == "" {
			bounds[0] = "0"
		}
		text := bounds[0] + "-" + bounds[1]
		if len(bounds) == 3 {
			text += "/" + bounds[2]
		}
		return []string{"[" + text + "]"}
	}
	step := 1
	if len(bounds) == 3 {
		var err error
		if step, err = strconv.Atoi(bounds[2]); err != nil || step < 1 {
			return nil
		}
	}
	var all []string
	for i := from; i <= to; i += step {
		all = append(all, letters[i:i+1])
	}
	return all
}

// appended puts each end behind each beginning, as long as those are not over the limit.
func appended(beginnings, ends []string, most int) []string {
	var all []string
	for _, beginning := range beginnings {
		for _, end := range ends {
			if len(all) > most {
				return all
			}
			all = append(all, beginning+end)
		}
	}
	return all
}
