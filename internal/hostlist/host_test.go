package hostlist

import (
	"strings"
	"testing"
)

func TestParseHost(t *testing.T) {
	tests := []struct {
		spelling string
		want     Host
	}{
		{"n1", Host{Name: "n1"}},
		{"WEB1.Example.COM", Host{Name: "web1.example.com"}},
		{"my_host-1", Host{Name: "my_host-1"}},
		{"7", Host{Name: "7"}},
		{"7:22", Host{Name: "7", Port: 22}},
		{"a-.b", Host{Name: "a-.b"}},
		{"10.0.0.1", Host{Name: "10.0.0.1"}},
		{"10.0.0.1:65535", Host{Name: "10.0.0.1", Port: 65535}},
		{"1.web", Host{Name: "1.web"}},
		{"Root@N1:2222", Host{User: "Root", Name: "n1", Port: 2222}},
		{"a+b.c_d-e@h", Host{User: "a+b.c_d-e", Name: "h"}},
		{"::", Host{Name: "::"}},
		{"2001:DB8:0:0::1", Host{Name: "2001:db8::1"}},
		{"[2001:db8::1]", Host{Name: "2001:db8::1"}},
		{"u@[::1]:22", Host{User: "u", Name: "::1", Port: 22}},
		{"u@::1", Host{User: "u", Name: "::1"}},
		{"[::1:22]", Host{Name: "::1:22"}},
		{"1:2:3:4:5:6:7:8", Host{Name: "1:2:3:4:5:6:7:8"}},
		{"::1:ff", Host{Name: "::1:ff"}},
		{"::ffff:10.0.0.1", Host{Name: "::ffff:10.0.0.1"}},
		{"FE80::1%Eth0", Host{Name: "fe80::1%Eth0"}},
		{"[fe80::1%eth0.7]:22", Host{Name: "fe80::1%eth0.7", Port: 22}},
		{strings.Repeat(strings.Repeat("a", 63)+".", 3) + strings.Repeat("b", 61), Host{Name: strings.Repeat(strings.Repeat("a", 63)+".", 3) + strings.Repeat("b", 61)}},
	}
	for _, test := range tests {
		t.Run(test.spelling, func(t *testing.T) {
			if got, err := ParseHost(test.spelling); err != nil || got != test.want {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

// A name that a shell, an option parser or a terminal could take for something else is refused, with the column (F85).
func TestF85ParseHostRefuses(t *testing.T) {
	const (
		port    = "a port is a number from 1 to 65535"
		ipv4    = "not an IPv4 address: four numbers from 0 to 255, without leading zeros"
		ipv6    = "not an IPv6 address"
		label   = "an empty label: two dots, or one at an end"
		unclear = "the end may be a port or part of the address"
	)
	tests := []struct{ spelling, want string }{
		{"", `"": column 1: no host name`},
		{"-n", "-n: column 1: a host name does not begin with '-'"},
		{"u@-n", "u@-n: column 3: a host name does not begin with '-'"},
		{"-u@n", "-u@n: column 1: a user does not begin with '-'"},
		{"@n", "@n: column 1: no user before '@'"},
		{"u@", "u@: column 3: no host name"},
		{"user@@h", "user@@h: column 6: '@' is not allowed in a host name"},
		{"a@b@c", "a@b@c: column 4: '@' is not allowed in a host name"},
		{"a:b@c", `a:b@c: column 1: ':' is not allowed in a user`},
		{"h:", "h:: column 3: " + port},
		{"h:0", "h:0: column 3: " + port},
		{"h:022", "h:022: column 3: " + port},
		{"h:99999", "h:99999: column 3: " + port},
		{"h:ssh", "h:ssh: column 3: " + port},
		{"h:+22", "h:+22: column 3: " + port},
		{":22", ":22: column 1: no host name"},
		{"%h", "%h: column 1: '%' is not allowed in a host name"},
		{"a+b", "a+b: column 2: '+' is not allowed in a host name"},
		{".", ".: column 1: " + label},
		{"a.", "a.: column 2: " + label},
		{".a", ".a: column 1: " + label},
		{"a..b", "a..b: column 3: " + label},
		{"n[1-2]", "n[1-2]: column 2: '[' is not allowed in a host name"},
		{"10.0.0.256", "10.0.0.256: column 1: " + ipv4},
		{"10.0.0", "10.0.0: column 1: " + ipv4},
		{"10.0.0.01", "10.0.0.01: column 1: " + ipv4},
		{"1:2:3", "1:2:3: column 1: " + ipv6},
		{"u@::g", "u@::g: column 3: " + ipv6},
		{"[1.2.3.4]", "[1.2.3.4]: column 2: " + ipv6},
		{"[n1]", "[n1]: column 2: " + ipv6},
		{"[::1]22", "[::1]22: column 1: an address in brackets is [IPv6] or [IPv6]:port"},
		{"[::1", "[::1: column 1: an address in brackets is [IPv6] or [IPv6]:port"},
		{"[::1]:", "[::1]:: column 7: " + port},
		{"::1:22", "::1:22: column 1: " + unclear + "; write [::1]:22 or [::1:22]"},
		{"::1%eth0", "::1%eth0: column 1: only a link-local address (fe80::) has a zone"},
		{"fe80::1%", "fe80::1%: column 1: " + ipv6},
		{"fe80::1%a%b", `fe80::1%a%b: column 1: a%b is not an interface`},
		{"fe80::1%" + strings.Repeat("e", 16), "fe80::1%" + strings.Repeat("e", 16) + ": column 1: " + strings.Repeat("e", 16) + " is not an interface"},
		{"a b", `"a b": column 2: ' ' is not allowed in a host name`},
		{"a\tb", `"a\tb": column 2: control character U+0009 is not allowed in a host name`},
		{"a\x00", `"a\x00": column 2: control character U+0000 is not allowed in a host name`},
		{"a\x7f", `"a\x7f": column 2: control character U+007F is not allowed in a host name`},
		{"a\u0085", `"a\u0085": column 2: control character U+0085 is not allowed in a host name`},
		{"\u202egro.elpmaxe", `"\u202egro.elpmaxe": column 1: U+202E is not ASCII`},
		{"m\u00fcnchen", `"m\u00fcnchen": column 2: U+00FC is not ASCII; write the name in its punycode form (xn--...)`},
		{"\u0430pple.com", `"\u0430pple.com": column 1: U+0430 is not ASCII; write the name in its punycode form (xn--...)`},
		{"a\xffb", `"a\xffb": column 2: byte 0xff is not UTF-8`},
		{"a\xff", `"a\xff": column 2: byte 0xff is not UTF-8`},
		{strings.Repeat("a", 64), strings.Repeat("a", 60) + "...: column 1: a label of 64 characters is longer than 63"},
		{strings.Repeat("a", 300), strings.Repeat("a", 60) + "...: column 1: a host name of 300 characters is longer than 253"},
		{strings.Repeat("u", 129) + "@h", strings.Repeat("u", 60) + "...: column 1: a user of 129 characters is longer than 128"},
	}
	for _, c := range "'\"`$\\;&<>|(){}*?~!#=,/^ " {
		shown := "a" + string(c)
		if c == '"' {
			shown = `"a\""`
		} else if c == ' ' {
			shown = `"a "`
		}
		quoted := "'" + string(c) + "'"
		if c == '\'' || c == '\\' {
			quoted = `'\` + string(c) + "'"
		}
		tests = append(tests, struct{ spelling, want string }{"a" + string(c), shown + ": column 2: " + quoted + " is not allowed in a host name"})
	}
	for _, test := range tests {
		t.Run(test.spelling, func(t *testing.T) {
			h, err := ParseHost(test.spelling)
			if err == nil || err.Error() != test.want {
				t.Errorf("\n got %+v, %v\nwant %s", h, err, test.want)
			}
		})
	}
}
