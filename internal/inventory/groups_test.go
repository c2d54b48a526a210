package inventory

import (
	"strings"
	"testing"
)

const groupsFile = `# who is who
local:
  web: n[1-3]
  db: "n[3-4]"
  both: '@web,@db'
  many:            # a sequence
    - a
    - b,c[1-2]
  none:
  lines: |
    x
    y z
racks:
  r1: q1
  r2: q2
  odd: '@r1!q2 @local:db'
  all: '@r[1-2]'
`

func TestGroupFiles(t *testing.T) {
	tests := []struct {
		why  string
		src  Source
		want string
	}{
		{"by -g", Source{Groups: []string{"web"}}, "n1 n2 n3"},
		{"several", Source{Groups: []string{"web,db", "many"}}, "n1 n2 n3 n4 a b c1 c2"},
		{"of a source", Source{Groups: []string{"racks:odd"}}, "q1 n3 n4"},
		{"every one", Source{Groups: []string{"*"}}, "n1 n2 n3 n4 a b c1 c2 x y z"},
		{"all, as its source defines it", Source{Groups: []string{"racks:*"}}, "q1 q2"},
		{"in an expression", Source{Args: []string{"@web&@db", "m"}}, "n3 m"},
		{"excluded", Source{Args: []string{"n[1-5]"}, Exclude: []string{"@both"}}, "n5"},
		{"in a hostfile", Source{Files: []string{"-"}, Stdin: strings.NewReader("@db!n3 # one\n@lines\n")}, "n4 x y z"},
		{"nobody", Source{Groups: []string{"none"}, AllowEmpty: true}, ""},
		{"arguments, files, groups", Source{Args: []string{"z"}, Files: []string{"-"}, Stdin: strings.NewReader("y"), Groups: []string{"db"}}, "z y n3 n4"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			file := writeIn(t, t.TempDir(), "groups.yaml", groupsFile)
			for _, src := range []Source{{GroupFiles: []string{file}}, {UserGroups: file}} {
				src.Args, src.Files, src.Groups, src.Exclude = test.src.Args, test.src.Files, test.src.Groups, test.src.Exclude
				src.AllowEmpty = test.src.AllowEmpty
				if stdin, ok := test.src.Stdin.(*strings.Reader); ok {
					stdin.Seek(0, 0)
					src.Stdin = stdin
				}
				list, err := Load(src)
				if err != nil || list.Notes != nil {
					t.Fatal(err, list.Notes)
				}
				var got []string
				for _, h := range list.Hosts {
					got = append(got, h.Label)
				}
				if got := strings.Join(got, " "); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			}
		})
	}
}

// The user's own file is looked at where groups are asked for and no other file is named, and may be missing.
func TestUserGroups(t *testing.T) {
	dir := t.TempDir()
	wrong := writeIn(t, dir, "wrong", "local: [")
	other := writeIn(t, dir, "other", "x: {web: o1}")
	if got, _ := labels(t, Source{Args: []string{"a"}, UserGroups: wrong}); got != "a=a:22" {
		t.Error(got)
	}
	if got, _ := labels(t, Source{Args: []string{"@web"}, UserGroups: wrong, GroupFiles: []string{other}}); got != "o1=o1:22" {
		t.Error(got)
	}
	for _, tt := range []struct{ file, want string }{
		{wrong, "@web: column 1: " + wrong + ":1: did not find expected node content"},
		{dir + "/none", "@web: column 1: there are no groups; --groups FILE reads some"},
		{"", "@web: column 1: there are no groups; --groups FILE reads some"},
	} {
		if _, err := Load(Source{Args: []string{"@web"}, UserGroups: tt.file}); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// The groups of an inventory come before those of a file, whose source can be named.
func TestGroupsOfBoth(t *testing.T) {
	dir := t.TempDir()
	src := Source{
		GroupFiles:  []string{writeIn(t, dir, "g", "local: {web: g1, rest: 'g2,@web'}")},
		Inventories: []string{writeIn(t, dir, "i", "[web]\ni1\n")},
		Groups:      []string{"web,local:web,rest"},
	}
	if got, _ := labels(t, src); got != "i1=i1:22 g1=g1:22 g2=g2:22" {
		t.Error(got)
	}
}

func TestGroupFileErrors(t *testing.T) {
	tests := []struct{ why, text, group, want string }{
		{"no such group", groupsFile, "wbe", "@wbe: column 1: no group wbe in source local, which has both, db, many, none, web and 1 more"},
		{"no such source", groupsFile, "rack:r1", "@rack:r1: column 1: no source of groups rack"},
		{"a mistake in a group", "l:\n  web: a,n[3-1]\n", "web", "g:2:12: n[3-1]: range is reversed; did you mean n[1-3]?"},
		{"a mistake in quotes", "l: {web: 'a,b$'}\n", "web", "g:1:14: b$: '$' is not allowed in a host name"},
		{"a mistake in a sequence", "l:\n  web:\n  - a\n  - '@db'\n", "web", "g:4:6: @db: no group db in source l, which has web"},
		{"F85 a hostile name", "l:\n  web: \"a\\e[2J\"\n", "web", "g:2:10: \"a\\x1b[2J\": control character U+001B is not allowed in a host name"},
		{"a group of itself", "l: {a: '@b', b: '@a'}", "a", "g:1:18: @a: the group names itself: @a,@b,@a"},
		{"F85 too many", "l: {a: 'n[1-99]'}", "a", "g:1:9: n[1-99]: 99 hosts are more than the limit of 50; --max-hosts sets the limit"},
		{"F85 groups of groups of groups", "l: {a: '@b,@b,@b', b: '@c,@c,@c', c: '@d,@d,@d', d: 'n[1-5]'}", "a", "g:1:12: @b: 90 hosts are more than the limit of 50; --max-hosts sets the limit"},
		{"an expression", "l: {a: b}", "a!b", "group a!b: a name, or several joined by commas; what is more is an argument, such as '@web!@db'"},
		{"no sources", "web: n1\n", "web", "g:1:6: source web is not a mapping"},
		{"not groups", "l: {web: {a: b}}\n", "web", "g:1:10: group web is neither a host list nor a sequence of some"},
		{"not texts", "l: {web: [[a]]}\n", "web", "g:1:11: group web is neither a host list nor a sequence of some"},
		{"a group twice", "l:\n  a: b\n  a: c\n", "a", "g:3:3: a stands in line 2 already"},
		{"a name of a group", "l: {'a,b': c}\n", "a", "g:1:5: group a,b: a name has none of the characters of expressions"},
		{"a name of a source", "'a:b': {}\n", "a", "g:1:1: source a:b: a name has none of the characters of expressions"},
		{"no YAML", "l: @a\n", "a", "g: found character that cannot start any token"},
		{"a list", "- a\n", "a", "g:1:1: a groups file is not a mapping"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFile(t, "g", test.text)
			_, err := Load(Source{GroupFiles: []string{"g"}, Groups: []string{test.group}, Max: 50})
			if err == nil {
				t.Fatal("no error")
			}
			if got, _, _ := strings.Cut(err.Error(), "\n"); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
	t.Run("a group in two files", func(t *testing.T) {
		t.Chdir(t.TempDir())
		writeFile(t, "g", "l: {a: b}")
		writeFile(t, "h", "l: {c: d, a: b}")
		_, err := Load(Source{GroupFiles: []string{"g", "h"}, Args: []string{"a"}})
		if want := "h:1:11: group a: a file before this one has it already"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
}

// ^FILE as an argument, to add or to leave out, is a hostfile, as with pdsh.
func TestFileArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "some,file", "a b # c\nn[1-3]\n")
	writeFile(t, "less", "n2\nb\n")
	if got, _ := labels(t, Source{Args: []string{"z", "^some,file"}, Exclude: []string{"^less"}}); got != "z=z:22 a=a:22 n1=n1:22 n3=n3:22" {
		t.Error(got)
	}
	writeFile(t, "bad", "a\n^less\n")
	for _, tt := range []struct {
		src  Source
		want string
	}{
		{Source{Args: []string{"^bad"}}, "bad:2:1: ^less: nothing before '^'; -H FILE reads a file, and so does ^FILE as an argument"},
		{Source{Args: []string{"a"}, Exclude: []string{"^none"}}, "open none: no such file or directory"},
		{Source{Args: []string{"a"}, Exclude: []string{"^bad"}}, "bad:2:1: ^less: nothing before '^'; -H FILE reads a file, and so does ^FILE as an argument"},
	} {
		if _, err := Load(tt.src); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}
