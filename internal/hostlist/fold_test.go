package hostlist

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	tests := []struct{ names, want string }{
		{"", ""},
		{"a", "a"},
		{"b a c", "a,b,c"},
		{"a a", "a"},
		{"n1", "n1"},
		{"n1 n1", "n1"},
		{"n1 n2 n3", "n[1-3]"},
		{"n3 n1 n2", "n[1-3]"},
		{"n1 n3 n5", "n[1,3,5]"},
		{"n1 n2 n4 n5 n7", "n[1-2,4-5,7]"},
		{"n9 n10 n11", "n[9-11]"},
		{"n99 n100", "n[99-100]"},
		{"n0 n1", "n[0-1]"},
		{"1 2 3", "[1-3]"},
		{"n2 n10 n1", "n[1-2,10]"},
		{"x2 x10 x1 a b10 b9 b", "a,b,b[9-10],x[1-2,10]"},

		// Padding groups stay apart
		{"n01 n02", "n[01-02]"},
		{"n09 n10", "n[09-10]"},
		{"n9 n09", "n[9,09]"},
		{"n1 n01 n001", "n[1,01,001]"},
		{"n8 n9 n10 n08 n09", "n[8-9,08-10]"},
		{"n8 n9 n10 n11 n12 n07", "n[8-9,07,10-12]"},
		{"n0 n1 n2 n00 n01 n02", "n[0-2,00-02]"},
		{"n98 n99 n100 n00", "n[00,98-100]"},
		{"n09 n10 n099 n100", "n[09-10,099-100]"},
		{"n99 n100 n099", "n[99,099-100]"},
		{"n013 n014 n015", "n[013-015]"},

		// Several dimensions
		{"r1n1 r1n2 r2n1 r2n2", "r[1-2]n[1-2]"},
		{"r1n1 r1n2 r2n2", "r1n[1-2],r2n2"},
		{"r1n1 r2n2", "r1n1,r2n2"},
		{"r1n1 r2n1 r3n1", "r[1-3]n1"},
		{"r1n1 r1n2 r2n1 r2n2 r3n1", "r[1-2]n[1-2],r3n1"},
		{"r3n1 r2n5 r1n1 r1n2", "r1n[1-2],r2n5,r3n1"},
		{"r1n1 r1n9 r2n7 r3n1 r3n9 r4n7 r0n8", "r0n8,r[1,3]n[1,9],r[2,4]n7"},
		{"a2b1c5 a1b1c9 a1b2c5 a2b2c9 a1b3c1", "a1b1c9,a1b2c5,a1b3c1,a2b1c5,a2b2c9"},
		{"r10n1 r2n1 r2n2", "r2n[1-2],r10n1"},
		{"a1b1c1 a1b1c2 a1b2c1 a1b2c2 a2b1c1 a2b1c2 a2b2c1 a2b2c2", "a[1-2]b[1-2]c[1-2]"},
		{"web1.example.com web2.example.com web3.example.com", "web[1-3].example.com"},
		{"web1.dc1.example.com web2.dc1.example.com web1.dc2.example.com web2.dc2.example.com", "web[1-2].dc[1-2].example.com"},
		{"10.0.0.1 10.0.0.2 10.0.1.1 10.0.1.2", "10.0.[0-1].[1-2]"},

		// Users and ports
		{"user@n1:22 user@n2:22", "user@n[1-2]:22"},
		{"root@n1 adm@n1", "adm@n1,root@n1"},
		{"n1:22 n1:23 n2:22", "n1:[22-23],n2:22"},
		{"127.0.0.1:40001 127.0.0.1:40002", "127.0.0.1:[40001-40002]"},

		// Listed as they are
		{"::1 ::2", "::1,::2"},
		{"[::1]:22 [::2]:22", "[::1]:22,[::2]:22"},
		{"n123456789012345678 n123456789012345679", "n123456789012345678,n123456789012345679"},
		{"n99999999999999998 n99999999999999999", "n[99999999999999998-99999999999999999]"},
		{"N1 n2", "N1,n2"},
		{"a1b1c1d1e1f1g1h1i1 a1b1c1d1e1f1g1h1i2 a1b1c1d1e1f1g1h2i1", "a1b1c1d1e1f1g1h[1-2]i1,a1b1c1d1e1f1g1h1i2"},

		// No hosts, but no panic either
		{"a\x00 a1 a\x00b\x00", "a1,a?,a?b?"},
		{"n[1 n]", "n[1,n]"},
	}
	for _, test := range tests {
		t.Run(test.names, func(t *testing.T) {
			if got := Fold(strings.Fields(test.names)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
