package hostlist

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	tests := []struct{ expr, want string }{
		{"", ""},
		{" \t ", ""},
		{"n1", "n1"},
		{"localhost", "localhost"},
		{"Web1", "Web1"},

		// Ranges
		{"n[1]", "n1"},
		{"n[1-3]", "n1 n2 n3"},
		{"n[1-3,07]", "n1 n2 n3 n07"},
		{"n[7,1-3]", "n7 n1 n2 n3"},
		{"n[3-3]", "n3"},
		{"n[0-1]", "n0 n1"},
		{"[1-3]", "1 2 3"},
		{"[1-2]n", "1n 2n"},
		{"n[ 1 - 3 , 5 ]", "n1 n2 n3 n5"},
		{"n[99999999999999998-99999999999999999]", "n99999999999999998 n99999999999999999"},

		// Padding
		{"n[08-11]", "n08 n09 n10 n11"},
		{"n[8-11]", "n8 n9 n10 n11"},
		{"n[098-101]", "n098 n099 n100 n101"},
		{"n[00-01]", "n00 n01"},
		{"n[007]", "n007"},
		{"n[1,01,001]", "n1 n01 n001"},
		{"n[09-101/46]", "n09 n55 n101"},
		{"0[1-2]", "01 02"},
		{"n1[1-2]", "n11 n12"},
		{"n[1-2]3", "n13 n23"},

		// Steps
		{"n[0-6/2]", "n0 n2 n4 n6"},
		{"n[0-5/2]", "n0 n2 n4"},
		{"n[00-10/5]", "n00 n05 n10"},
		{"n[1-3/1]", "n1 n2 n3"},
		{"n[1-3/9]", "n1"},
		{"n[1-3/2,4]", "n1 n3 n4"},

		// Several brackets
		{"r[1-2]n[1-2]", "r1n1 r1n2 r2n1 r2n2"},
		{"r[1-2]n[3,04].example.com", "r1n3.example.com r1n04.example.com r2n3.example.com r2n04.example.com"},
		{"n[1-2][3-4]", "n13 n14 n23 n24"},
		{"n[1-2]-[3-4]", "n1-3 n1-4 n2-3 n2-4"},
		{"10.0.[0-1].[1-2]", "10.0.0.1 10.0.0.2 10.0.1.1 10.0.1.2"},
		{"[1-2].0.0.1", "1.0.0.1 2.0.0.1"},

		// Users, ports, addresses
		{"root@n[1-2]:2222", "root@n1:2222 root@n2:2222"},
		{"u[1-2]@n", "u1@n u2@n"},
		{"h:[22-23]", "h:22 h:23"},
		{"127.0.0.1:[8022,9022]", "127.0.0.1:8022 127.0.0.1:9022"},
		{"::1", "::1"},
		{"[::1]", "[::1]"},
		{"[2001:db8::1]:22,a", "[2001:db8::1]:22 a"},
		{"root@[2001:DB8::1]:[22-23]", "root@[2001:DB8::1]:22 root@[2001:DB8::1]:23"},
		{"2001:db8::[a,b]", "error: column 12: a is not a range of numbers"},
		{"2001:db8::[8-11]", "2001:db8::8 2001:db8::9 2001:db8::10 2001:db8::11"},
		{"fe80::1%eth[0-1]", "fe80::1%eth0 fe80::1%eth1"},

		// Union and minus, from left to right
		{"b,a", "b a"},
		{"b a", "b a"},
		{" b , a\tc\r\nd ", "b a c d"},
		{"n[1-3],m", "n1 n2 n3 m"},
		{"n[1-3]!n2", "n1 n3"},
		{"n[1-3] ! n2", "n1 n3"},
		{"n[1-3]!n2,n2", "n1 n3 n2"},
		{"n[1-3]!n2!n3", "n1"},
		{"n[1-3]!n[2-3],n5", "n1 n5"},
		{"a!b", "a"},
		{"a!a", ""},
		{"a!b,b", "a b"},
		{"a!A", ""},
		{"n[1-3]!n[0-9]", ""},

		// SLURM_JOB_NODELIST
		{"cn[001-003,015],gpu[1-2]", "cn001 cn002 cn003 cn015 gpu1 gpu2"},
		{"node[01-03,7],gpu-[1-2]n[0-1]", "node01 node02 node03 node7 gpu-1n0 gpu-1n1 gpu-2n0 gpu-2n1"},
		{"n[098-1000/451],c9", "n098 n549 n1000 c9"},
		{"n[99-100]", "n99 n100"},

		// What minus takes out: a bare name, whatever its user and port; else only what was said
		{"root@a:22,b!a", "b"},
		{"root@a:22,a:22!a:22", ""},
		{"root@a:22,adm@a!root@a", "adm@a"},
		{"a!a:22", "a"},
		{"a!root@a", "a"},

		// What both sides name, and what one of them alone does, from left to right
		{"n[1-4]&n[3-6]", "n3 n4"},
		{"n[1-4] & n4,n5 & n[5-6]", "n5"},
		{"n[1-2],m&m", "m"},
		{"n[1-4]^n[3-6]", "n1 n2 n5 n6"},
		{"n[1-2]^n[1-2]", ""},
		{"a^a^a", "a"},
		{"n[1-3]^n2!n1,n1", "n3 n1"},
		{"a,b&b,a", "b a"},
		{"a!b&b", ""},
		{"a&b", ""},
		{"A&a", "A"},
		{"a^A", ""},
		{"n[1-9]!n5&n[4-6]^n[6-7]", "n4 n7"},
		{"root@a:22,b&a", "root@a:22"},
		{"a&root@a", ""},
		{"root@a,b^a,c", "b a c"},
		{"a^root@a", "a"},

		// The same host twice: the first spelling stays
		{"a,b,a", "a b (1 repeated)"},
		{"N1,n[1-2]", "N1 n2 (1 repeated)"},
		{"n[1-2,1-2]", "n1 n2 (2 repeated)"},
		{"n[1,11][1,11]", "n11 n111 n1111 (1 repeated)"},
		{"::1,0:0::1,[::1]", "::1 (2 repeated)"},
		{"a,root@a,a:22", "a root@a a:22"},
		{"a,a&a,a", "a (2 repeated)"},
	}
	for _, test := range tests {
		t.Run(test.expr, func(t *testing.T) {
			if got := expanded(test.expr, 100); got != test.want {
				t.Errorf("Expand(%q)\n got %s\nwant %s", test.expr, got, test.want)
			}
		})
	}
}

func TestExpandErrors(t *testing.T) {
	tests := []struct{ expr, want string }{
		// Ranges
		{"n[3-1]", "n[3-1]: column 3: range is reversed; did you mean n[1-3]?"},
		{"a,b,n[3-1]", "n[3-1]: column 7: range is reversed; did you mean n[1-3]?"},
		{"n[1,3-1/2].x", "n[1,3-1/2].x: column 5: range is reversed; did you mean n[1,1-3/2].x?"},
		{"n[001-3]", "n[001-3]: column 3: padding is unequal: 001 and 3 differ in length; did you mean n[001-003]?"},
		{"n[01-003]", "n[01-003]: column 3: padding is unequal: 01 and 003 differ in length; did you mean n[001-003]?"},
		{"n[1-03]", "n[1-03]: column 3: padding is unequal: 1 and 03 differ in length; did you mean n[01-03]?"},
		{"n[1-2", "n[1-2: column 2: '[' is not closed; did you mean n[1-2]?"},
		{"n[1,2 m", "n[1,2: column 2: '[' is not closed; did you mean n[1,2]?"},
		{"n[1,m", "n[1,m: column 2: '[' is not closed"},
		{"n[", "n[: column 2: '[' is not closed"},
		{"n[1[2]]", "n[1[2]]: column 4: '[' inside '['"},
		{"n1]", "n1]: column 3: ']' without '['"},
		{"n[]", "n[]: column 3: a range is empty"},
		{"n[1,,2]", "n[1,,2]: column 5: a range is empty"},
		{"n[1,]", "n[1,]: column 5: a range is empty"},
		{"n[a-c]", "n[a-c]: column 3: a-c is not a range of numbers"},
		{"a,[web]", "[web]: column 4: web is not a range of numbers; --inventory FILE reads Ansible's sections"},
		{"[web:children]", "[web:children]: column 2: web:children is not a range of numbers; --inventory FILE reads Ansible's sections"},
		{"[web]1", "[web]1: column 2: web is not a range of numbers"},
		{"n[-1]", "n[-1]: column 3: -1 is not a range of numbers"},
		{"n[1-2-3]", "n[1-2-3]: column 3: 1-2-3 is not a range of numbers"},
		{"n[1\u20133]", `"n[1\u20133]": column 3: "1\u20133" is not a range of numbers; did you mean n[1-3]?`},
		{"n[1..3]", "n[1..3]: column 3: 1..3 is not a range of numbers; did you mean n[1-3]?"},
		{"n[01:50]", "n[01:50]: column 3: ':' is Ansible's range; did you mean n[01-50]?"},
		{"n[1:50:2]", "n[1:50:2]: column 3: ':' is Ansible's range; did you mean n[1-50/2]?"},
		{"n[3-1]\x1b[2J", `"n[3-1]\x1b[2J": column 3: range is reversed`},
		{"a{1}\x1b", `"a{1}\x1b": column 2: braces are not ranges`},
		{"n[3-1]" + strings.Repeat("x", 60), "n[3-1]" + strings.Repeat("x", 54) + "...: column 3: range is reversed"},
		{"n[a:f]", "n[a:f]: column 3: a:f is not a range of numbers"},
		{"a{1,2}", "a{1,2}: column 2: braces are not ranges; did you mean a[1,2]?"},
		{"x a{1..3}.b", "a{1..3}.b: column 4: braces are not ranges; did you mean a[1-3].b?"},
		{"a{b,c}", "a{b,c}: column 2: braces are not ranges"},
		{"a{", "a{: column 2: braces are not ranges"},
		{"n[1-3/0]", "n[1-3/0]: column 3: a step is a number from 1, not 0"},
		{"n[1-3/x]", "n[1-3/x]: column 3: a step is a number from 1, not x"},
		{"n[1-3/]", `n[1-3/]: column 3: a step is a number from 1, not ""`},
		{"n[5/2]", "n[5/2]: column 3: a step needs a range"},
		{"n[100000000000000000]", "n[100000000000000000]: column 3: a number has more than 17 digits"},
		{strings.Repeat("[1]", 33), strings.Repeat("[1]", 20) + "...: column 97: more than 32 ranges in one name"},

		// Bounds
		{"n[0-999999999]", "n[0-999999999]: column 1: 1000000000 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"n[1-60],m[1-41]", "m[1-41]: column 9: 101 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"a!n[1-101]", "n[1-101]: column 3: 101 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"[1-99999999999999999][1-99999999999999999]", "[1-99999999999999999][1-99999999999999999]: column 1: more than 10^19 hosts are more than the limit of 100; --max-hosts sets the limit"},

		// Operators
		{",a", ",a: column 1: nothing before ','"},
		{"!a", "!a: column 1: nothing before '!'"},
		{"a,", "a,: column 2: nothing after ','"},
		{"a ! ", `"a ! ": column 3: nothing after '!'`},
		{"a,,b", "a,,b: column 2: nothing after ','"},
		{"a,!b", "a,!b: column 2: nothing after ','"},
		{"&a", "&a: column 1: nothing before '&'"},
		{"a& ", `"a& ": column 2: nothing after '&'`},
		{"a^!b", "a^!b: column 2: nothing after '^'"},
		{"a!&b", "a!&b: column 2: nothing after '!'"},
		{"^hosts.txt", "^hosts.txt: column 1: nothing before '^'; -H FILE reads a file, and so does ^FILE as an argument"},
		{"@web", "@web: column 1: there are no groups; --groups FILE reads some"},
		{"a,@*", "@*: column 3: there are no groups; --groups FILE reads some"},
		{"a" + strings.Repeat("&a", 101), "a: column 203: more than 100 '&' and '^' in one expression"},

		// What is no host (ParseHost has more)
		{"a,-oProxyCommand=x", "-oProxyCommand=x: column 3: a host name does not begin with '-'"},
		{"a,b$", "b$: column 4: '$' is not allowed in a host name"},
		{"\u00fc,b;", `"\u00fc": column 1: U+00FC is not ASCII; write the name in its punycode form (xn--...)`},
		{"n1 a..b", "a..b: column 6: an empty label: two dots, or one at an end"},
		{"a 10.0.0.[250-300]", "10.0.0.256: column 3: not an IPv4 address: four numbers from 0 to 255, without leading zeros"},
		{"10.0.0.[01-02]", "10.0.0.01: column 1: not an IPv4 address: four numbers from 0 to 255, without leading zeros"},
		{"a,h:[0-9]", "h:0: column 3: a port is a number from 1 to 65535"},
		{"a,[::1", "[::1: column 3: '[' is not closed"},
		{"[::[1-2]]", "[::[1-2]]: column 4: '[' inside '['"},
		{"[01:50]", "[01:50]: column 2: not an IPv6 address"},
		{"a!b..c", "b..c: column 5: an empty label: two dots, or one at an end"},
	}
	for _, test := range tests {
		t.Run(test.expr, func(t *testing.T) {
			_, _, err := Expand(test.expr, 100)
			if err == nil || err.Error() != test.want {
				t.Errorf("Expand(%q)\n got %v\nwant %s", test.expr, err, test.want)
			}
		})
	}
}
