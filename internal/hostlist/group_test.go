package hostlist

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// groupsOf are groups that stand in a file, a line each: "source:name" or "name" of the default source.
func groupsOf(lines ...string) Groups {
	return func(source, name string) ([]Text, error) {
		for i, line := range lines {
			full, expr, _ := strings.Cut(line, "=")
			if strings.TrimPrefix(source+":"+name, ":") == full {
				return []Text{{Expr: expr, Where: fmt.Sprintf("file:%d", i+1), Column: len(full) + 2}}, nil
			}
		}
		return nil, errors.New("no such group")
	}
}

func TestGroups(t *testing.T) {
	groups := groupsOf(
		"web=n[1-3]", "db=n[3-5]", "all=@web,@db", "old=@web!n1", "rack1=r1n[1-2]", "rack2=r2n1", "racks=@rack[1-2]", "*=@all,x",
		"dc:web=d[1-2]", "dc:both=@web @db", "dc:db=d[2-3]", "dc:here=@local:web", "local:web=l1", "dc:*=@both",
		"none=", "web-eu.1=e1", "größe=g1", "0=zero",
	)
	tests := []struct{ expr, want string }{
		{"@web", "n1 n2 n3"},
		{"@web,n9", "n1 n2 n3 n9"},
		{"n9 @web", "n9 n1 n2 n3"},
		{"@web,@db", "n1 n2 n3 n4 n5"},
		{"@web!@db", "n1 n2"},
		{"@web&@db", "n3"},
		{"@web^@db", "n1 n2 n4 n5"},
		{"@web,@web", "n1 n2 n3"},
		{"n1,@web,n1", "n1 n2 n3 (1 repeated)"},
		{"@all", "n1 n2 n3 n4 n5"},
		{"@old", "n2 n3"},
		{"n[1-9]!@old", "n1 n4 n5 n6 n7 n8 n9"},
		{"@racks", "r1n1 r1n2 r2n1"},
		{"@rack[1-2]!@rack1", "r2n1"},
		{"@*", "n1 n2 n3 n4 n5 x"},
		{"@*!@db", "n1 n2 x"},
		{"@none", ""},
		{"@none,@web&@none", ""},
		{"@web-eu.1", "e1"},
		{"@größe", "g1"},
		{"@[0-0]", "zero"},

		// Sources: a group sees those of its own
		{"@dc:web", "d1 d2"},
		{"@dc:both", "d1 d2 d3"},
		{"@dc:*", "d1 d2 d3"},
		{"@dc:here", "l1"},
		{"@dc:web,@web", "d1 d2 n1 n2 n3"},
	}
	for _, test := range tests {
		t.Run(test.expr, func(t *testing.T) {
			x := &Expander{Limit: 100, Groups: groups}
			for range 2 { // the second time nothing is looked up
				if got := expandedBy(x, test.expr); got != test.want {
					t.Errorf("Expand(%q)\n got %s\nwant %s", test.expr, got, test.want)
				}
			}
		})
	}
}

func TestGroupErrors(t *testing.T) {
	lines := []string{
		"a=x,@b", "b=@c", "c=@b", "self=y @self", "wrong=n1,n[3-1]", "bad=@none", "host=u@@h", "far=n[1-99999]",
		"twice=n[1-60],m[1-60]", "minus=n1!m[1-101]", "big=n[1-90]", "sum=@big @big", "lead=!a", "s:a=@t:a", "t:a=@s:a",
	}
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("deep%d=@deep%d", i, i+1), fmt.Sprintf("half%d=@half%d,@half%d", i, i+1, i+1))
	}
	lines = append(lines, "half40=n1")
	tests := []struct{ expr, want string }{
		{"n1,@gone", "@gone: column 4: no such group"},
		{"@gone:web", "@gone:web: column 1: no such group"},
		{"@", "@: column 1: a group has a name"},
		{"@a", "file:3:3: @b: the group names itself: @a,@b,@c,@b"},
		{"@self", "file:4:8: @self: the group names itself: @self,@self"},
		{"@s:a", "file:15:5: @s:a: the group names itself: @s:a,@t:a,@s:a"},
		{"@wrong", "file:5:12: n[3-1]: range is reversed; did you mean n[1-3]?"},
		{"@lead", "file:13:6: !a: nothing before '!'"},
		{"x,@bad", "file:6:5: @none: no such group"},
		{"@host", "file:7:8: u@@h: '@' is not allowed in a host name"},
		{"@far", "file:8:5: n[1-99999]: 99999 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"@twice", "file:9:15: m[1-60]: 120 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"@minus", "file:10:10: m[1-101]: 101 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"@big,@big", "@big: column 6: 180 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"n1&@big&@big", "@big: column 9: 180 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"@sum", "file:12:10: @big: 180 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"@big[1-101]", "@big[1-101]: column 1: 101 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"@deep0", "file:78:8: @deep32: more than 32 groups within each other"},
		{"@half20", "file:83:16: @half34: 128 hosts are more than the limit of 100; --max-hosts sets the limit"},
		{"@web\x1b[2J", `"@web\x1b[2J": column 5: control character U+001B is not allowed in the name of a group`},
		{"@we\xffb", `"@we\xffb": column 4: byte 0xff is not UTF-8`},
		{"@web[1-", "@web[1-: column 5: '[' is not closed; did you mean @web[1-]?"},
		{"@web{1,2}", "@web{1,2}: column 5: braces are not ranges; did you mean @web[1,2]?"},
		{"@web]", "@web]: column 5: ']' without '['"},
	}
	for _, test := range tests {
		t.Run(test.expr, func(t *testing.T) {
			_, _, err := (&Expander{Limit: 100, Groups: groupsOf(lines...)}).Expand(test.expr)
			if err == nil || err.Error() != test.want {
				t.Errorf("Expand(%q)\n got %v\nwant %s", test.expr, err, test.want)
			}
		})
	}
}

// How deep groups are within each other does not depend on which have been looked up before.
func TestNestedGroups(t *testing.T) {
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("g%d=@g%d", i, i+1))
	}
	x := &Expander{Limit: 100, Groups: groupsOf(append(lines, "g100=n1")...)}
	for i := 100; i >= 0; i-- {
		got, want := expandedBy(x, fmt.Sprintf("@g%d", i)), "n1"
		if 100-i >= maxNested {
			want = "error: column 1: more than 32 groups within each other"
		}
		if got != want && !strings.HasSuffix(got, "more than 32 groups within each other") {
			t.Errorf("g%d: got %s, want %s", i, got, want)
		}
	}
}
