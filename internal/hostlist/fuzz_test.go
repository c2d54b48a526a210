package hostlist

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzExpand expands anything: no more names than the limit, each one a host, and Fold gives an expression of the same.
// Neither takes longer than what grows with the text, whatever that holds.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{
		"n[1-3,07]", "n[08-11]", "n[0-6/2]", "r[1-2]n[1-16].example.com", "10.0.[0-1].[1-9]", "a,b c!b", "u@[2001:db8::1]:22",
		"fe80::1%eth0", "n[3-1]", "n[001-3]", "n[1-2", "a{1,2}", "n[01:50]", "n[1-999999999]", "-x", "::1:22", "n[1-9]&n[3-5]", "a^b,@g^@h", "@s:*", "@g[1-3]!@g2", "^f", "@", "@@g", "@loop", "a" + strings.Repeat("&@big^@big", 40),
		"n[9-10,09-10]", "n[1[2]]", "n[1-9999999999]", "n[1-9][1-9][1-9][1-9][1-9][1-9][1-9][1-9]", "n[1-1999]!n[1-1999]", "n[0-99999999999999999/1]", "\u202e", "a\x00", "\xff", "h:[1-9],h[1-9]:1", "[1-2]:22", "a[1][2][3]b[4]", "n[3-1]\x1b[2J",
		strings.Repeat("n1,", 1000) + "n1", strings.Repeat("[", 1000), strings.Repeat("a!b ", 1000), "n" + strings.Repeat("[1]", 1000), strings.Repeat("{", 1000),
	} {
		f.Add(seed)
	}
	const limit = 2000
	groups := groupsOf("g=n[1-5],@h", "h=@h1!n3", "h1=n[3-9]", "g1=a", "g2=b", "g3=c", "s:*=@g&n4", "s:g=n[4-5]", "loop=@loop", "big=@bigger,@bigger", "bigger=n[1-900]")
	f.Fuzz(func(t *testing.T, expr string) {
		begin := time.Now()
		defer func() {
			if took := time.Since(begin); took > 2*time.Second+time.Duration(len(expr))*time.Microsecond {
				t.Fatalf("%d bytes take %v", len(expr), took)
			}
		}()
		names, _, err := (&Expander{Limit: limit, Groups: groups}).Expand(expr)
		if err != nil {
			checkError(t, err)
			return
		}
		if len(names) > limit {
			t.Fatalf("%d names", len(names))
		}
		for _, name := range names {
			if _, err := ParseHost(name); err != nil {
				t.Fatal(err)
			}
		}
		folded := Fold(names)
		back, repeated, err := Expand(folded, limit)
		if err != nil || repeated > 0 || !slices.Equal(set(back), set(names)) {
			t.Fatalf("%v folds to %s, which gives %v, %d repeated, %v", names, folded, back, repeated, err)
		}
	})
}

// FuzzParseHost: what is taken for a host has no character that anything else could act on, and is an expression
// of itself.
func FuzzParseHost(f *testing.F) {
	for _, seed := range []string{"n1", "u@n1:22", "[::1]:22", "fe80::1%eth0", "::1:22", "user@@h", "h:0", "%h", "10.0.0.01", "a..b", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, spelling string) {
		h, err := ParseHost(spelling)
		if err != nil {
			checkError(t, err)
			return
		}
		if strings.ContainsAny(spelling, " \t\n'\"`$\\;&<>|(){}!,^") || h.Name == "" || h.Name[0] == '-' {
			t.Fatalf("%q is accepted", spelling)
		}
		names, _, err := Expand(spelling, 1)
		if err != nil || len(names) != 1 || names[0] != spelling {
			t.Fatalf("a host, but not an expression: %v, %v", names, err)
		}
	})
}

func checkError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Column < 1 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Fatalf("not a printable line with a column: %q", err)
	}
}
