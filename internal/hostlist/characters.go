package hostlist

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// inName reports whether c may stand in a host name or a user.
func inName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_'
}

// inHost reports whether r may stand anywhere in [user@]name[:port], brackets apart.
func inHost(r rune) bool {
	return r < utf8.RuneSelf && inName(byte(r)) || r == '@' || r == ':' || r == '%' || r == '+'
}

// refuse says why the character at the beginning of s, which is not inHost, is not allowed.
func refuse(s string) (reason, hint string) {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n == 1:
		return fmt.Sprintf("byte 0x%02x is not UTF-8", s[0]), ""
	case unicode.IsControl(r):
		return fmt.Sprintf("control character %U is not allowed in a host name", r), ""
	case unicode.IsLetter(r):
		return fmt.Sprintf("%U is not ASCII", r), "write the name in its punycode form (xn--...)"
	case r >= utf8.RuneSelf:
		return fmt.Sprintf("%U is not ASCII", r), ""
	}
	return fmt.Sprintf("%q is not allowed in a host name", r), ""
}

// refuseInGroup says why the character at the beginning of s is not allowed in the name of a group, whose letters are its
// author's choice; empty: it is.
func refuseInGroup(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n == 1:
		return fmt.Sprintf("byte 0x%02x is not UTF-8", s[0])
	case unicode.IsControl(r):
		return fmt.Sprintf("control character %U is not allowed in the name of a group", r)
	}
	return ""
}
