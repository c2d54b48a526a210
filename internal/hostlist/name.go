package hostlist

import (
	"fmt"
	"net/netip"
	"strings"
)

const (
	maxName  = 253 // characters of a host name, RFC 1035
	maxLabel = 63  // of what stands between its dots
	maxUser  = 128
)

func checkUser(user string) (problem string) {
	switch {
	case user == "":
		return "no user before '@'"
	case user[0] == '-':
		return "a user does not begin with '-'"
	case len(user) > maxUser:
		return fmt.Sprintf("a user of %d characters is longer than %d", len(user), maxUser)
	}
	if i := strings.IndexAny(user, ":%[]"); i >= 0 {
		return fmt.Sprintf("%q is not allowed in a user", user[i])
	}
	return ""
}

// checkName says what is wrong with a name that is not an IPv6 address, and at which offset.
func checkName(name string) (offset int, problem string) {
	switch {
	case name == "":
		return 0, "no host name"
	case name[0] == '-':
		return 0, "a host name does not begin with '-'"
	case len(name) > maxName:
		return 0, fmt.Sprintf("a host name of %d characters is longer than %d", len(name), maxName)
	}
	begin, digits, dots := 0, true, 0
	for i := 0; i <= len(name); i++ {
		switch {
		case i == len(name) || name[i] == '.':
			if i == begin {
				return min(i, len(name)-1), "an empty label: two dots, or one at an end"
			}
			if i-begin > maxLabel {
				return begin, fmt.Sprintf("a label of %d characters is longer than %d", i-begin, maxLabel)
			}
			begin = i + 1
			dots++
		case !inName(name[i]):
			return i, fmt.Sprintf("%q is not allowed in a host name", name[i])
		case name[i] < '0' || name[i] > '9':
			digits = false
		}
	}
	if digits && dots > 1 {
		if _, err := netip.ParseAddr(name); err != nil {
			return 0, "not an IPv4 address: four numbers from 0 to 255, without leading zeros"
		}
	}
	return 0, ""
}
