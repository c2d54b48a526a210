package hostlist

import (
	"strconv"
	"strings"
)

// Host is a spelling taken apart. Hosts are the same when they compare equal.
type Host struct {
	User string // empty: not given
	Name string // lower-cased, or an IPv6 address in its canonical form without brackets
	Port int    // 0: not given
}

// Forms lists under which spellings h is excluded: its own, and those that leave its user, its port or both open.
func (h Host) Forms() [4]Host {
	return [4]Host{h, {h.User, h.Name, 0}, {"", h.Name, h.Port}, {"", h.Name, 0}}
}

// ParseHost reads one host: [user@]name[:port], [user@][IPv6][:port] or a bare IPv6 address. A name is made of ASCII
// letters, digits, '.', '_' and '-'; it does not begin with '-', so that no program takes it for an option. A name of
// digits and dots must be an IPv4 address. The error is an *Error.
func ParseHost(s string) (Host, error) {
	h, err := parseHost(s)
	if err != nil {
		return Host{}, err
	}
	return h, nil
}

func parseHost(s string) (Host, *Error) {
	fail := func(rest, reason, hint string) *Error {
		return &Error{Part: shorten(s), Column: column(s, len(s)-len(rest)), Reason: reason, Hint: hint}
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return !inHost(r) && r != '[' && r != ']' }); i >= 0 {
		reason, hint := refuse(s[i:])
		return Host{}, fail(s[i:], reason, hint)
	}
	var h Host
	rest := s
	if user, name, given := strings.Cut(s, "@"); given {
		if problem := checkUser(user); problem != "" {
			return Host{}, fail(s, problem, "")
		}
		h.User, rest = user, name
	}
	name, port, ported := rest, "", false
	switch {
	case strings.HasPrefix(rest, "["):
		inside, after, closed := strings.Cut(rest[1:], "]")
		port, ported = strings.CutPrefix(after, ":")
		if !closed || (after != "" && !ported) {
			return Host{}, fail(rest, "an address in brackets is [IPv6] or [IPv6]:port", "")
		}
		address, problem := parseIPv6(inside)
		if problem != "" {
			return Host{}, fail(rest[1:], problem, "")
		}
		h.Name = address
	case strings.Count(rest, ":") > 1:
		address, problem := parseIPv6(rest)
		if problem != "" {
			return Host{}, fail(rest, problem, "")
		}
		if hint := ambiguous(rest); hint != "" {
			return Host{}, fail(rest, "the end may be a port or part of the address", hint)
		}
		h.Name = address
	default:
		name, port, ported = strings.Cut(rest, ":")
		if offset, problem := checkName(name); problem != "" {
			return Host{}, fail(rest[offset:], problem, "")
		}
		h.Name = strings.ToLower(name)
	}
	if ported {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 || port[0] == '0' {
			return Host{}, fail(s[len(s)-len(port):], "a port is a number from 1 to 65535", "")
		}
		h.Port = int(number)
	}
	return h, nil
}
