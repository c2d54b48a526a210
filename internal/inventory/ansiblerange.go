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
	var hosts []*ansibleHost
	for _, expr := range translate(name, a.max) {
		names, _, err := hostlist.Expand(expr, a.max)
		if err != nil {
			return nil, where.locate(err)
		}
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
	}
	return hosts, nil
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
	switch {
	case outside == "" && strings.Count(name, ":") > 1: // [2001:db8::1]:22
		return strings.Trim(name, "[]"), port
	case strings.ContainsAny(outside, ":[]"):
		return pattern, ""
	}
	return name, port
}

// translate writes a pattern as expressions: ranges of numbers in our form, those of letters one expression a letter. There
// are no more than a limit and one, which are too many.
func translate(pattern string, most int) []string {
	done := []string{""}
	for pattern != "" {
		before, rest, opened := strings.Cut(pattern, "[")
		inside, after, closed := strings.Cut(rest, "]")
		if !opened || !closed {
			return appended(done, []string{pattern}, most)
		}
		done = appended(done, []string{before}, most)
		done = appended(done, ranged(inside), most)
		pattern = after
	}
	return done
}

// ranged writes what stands in brackets in our form. What is no range of Ansible's is left as it is, to be refused.
func ranged(inside string) []string {
	bounds := strings.SplitN(inside, ":", 3)
	if len(bounds) < 2 || strings.ContainsAny(inside, ",-/ ") {
		return []string{"[" + inside + "]"}
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
			return []string{"[" + inside + "]"}
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
