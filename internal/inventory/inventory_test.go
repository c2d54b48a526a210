package inventory

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/internal/fleet"
)

// labels loads src and returns what it shows of each host: label=ID.
func labels(t *testing.T, src Source) (string, List) {
	t.Helper()
	list, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, h := range list.Hosts {
		shown = append(shown, h.Label+"="+h.ID())
	}
	return strings.Join(shown, " "), list
}

func TestLoad(t *testing.T) {
	tests := []struct {
		why   string
		src   Source
		want  string
		notes []string
	}{
		{"ranges, the default port", Source{Args: []string{"n[1-2]", "m"}}, "n1=n1:22 n2=n2:22 m=m:22", nil},
		{"defaults", Source{Args: []string{"a", "u@b:1"}, User: "root", Port: 2222}, "a=root@a:2222 u@b:1=u@b:1", nil},
		{"IPv6", Source{Args: []string{"[2001:DB8::1]:23", "::1"}}, "[2001:DB8::1]:23=[2001:db8::1]:23 ::1=[::1]:22", nil},
		{
			"F84 one host in three spellings",
			Source{Args: []string{"A", "a", "a:22"}},
			"A=a:22",
			[]string{"2 hosts were named again and are done once"},
		},
		{
			"F84 twice in one expression",
			Source{Args: []string{"a,b,a"}},
			"a=a:22 b=b:22",
			[]string{"1 host was named twice and is done once"},
		},
		{
			"F84 the same by defaults",
			Source{Args: []string{"root@a", "a", "a:2222"}, User: "root", Port: 2222},
			"root@a=root@a:2222",
			[]string{"2 hosts were named again and are done once"},
		},
		{"another user or port is another host", Source{Args: []string{"a", "u@a", "a:23"}}, "a=a:22 u@a=u@a:22 a:23=a:23", nil},
		{"exclude by name", Source{Args: []string{"n[1-3]", "u@n2:23"}, Exclude: []string{"N2"}}, "n1=n1:22 n3=n3:22", nil},
		{"exclude by port", Source{Args: []string{"a", "a:23"}, Exclude: []string{"a:22"}}, "a:23=a:23", nil},
		{"exclude by user", Source{Args: []string{"a", "u@a"}, Exclude: []string{"root@a"}, User: "root"}, "u@a=u@a:22", nil},
		{"exclude nothing", Source{Args: []string{"a"}, Exclude: []string{"b", "u@a", "a:23"}}, "a=a:22", nil},
		{"exclude an address", Source{Args: []string{"::1", "::2"}, Exclude: []string{"[0::1]"}}, "::2=[::2]:22", nil},
		{"an excluded host is not counted as named twice", Source{Args: []string{"a", "b", "b"}, Exclude: []string{"b"}}, "a=a:22", nil},
		{"this machine first", Source{Local: true, Args: []string{"a", "localhost"}}, "localhost=local a=a:22 localhost=localhost:22", nil},
		{"this machine alone", Source{Local: true}, "localhost=local", nil},
		{"this machine excluded", Source{Local: true, Args: []string{"a"}, Exclude: []string{"localhost"}}, "a=a:22", nil},
		{"nothing, allowed", Source{AllowEmpty: true}, "", nil},
		{"up to the limit", Source{Args: []string{"a", "b", "a", "b"}, Max: 2}, "a=a:22 b=b:22", []string{"2 hosts were named again and are done once"}},
		{"excluded ones do not count", Source{Args: []string{"a", "b", "c"}, Exclude: []string{"b"}, Max: 2}, "a=a:22 c=c:22", nil},
		{"standard input", Source{Files: []string{"-"}, Stdin: strings.NewReader("b\n")}, "b=b:22", nil},
		{"arguments before files", Source{Args: []string{"z"}, Files: []string{"-"}, Stdin: strings.NewReader("a")}, "z=z:22 a=a:22", nil},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			got, list := labels(t, test.src)
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if diff := cmp.Diff(test.notes, list.Notes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLocalHost(t *testing.T) {
	_, list := labels(t, Source{Local: true, User: "root", Port: 2222})
	want := []fleet.Host{{Label: "localhost", Name: "localhost", Local: true}}
	if diff := cmp.Diff(want, list.Hosts); diff != "" {
		t.Error(diff)
	}
}

// What editors and other systems leave in a file changes nothing (F84).
func TestF84Hostfile(t *testing.T) {
	tests := []struct{ why, text, want string }{
		{"lines", "a\nb\n", "a=a:22 b=b:22"},
		{"no final newline", "a\nb", "a=a:22 b=b:22"},
		{"CRLF", "a\r\n\r\nb\r\n", "a=a:22 b=b:22"},
		{"byte order mark", "\ufeffa\nb", "a=a:22 b=b:22"},
		{"comments and blank lines", "# all\n\n  a # one\n\t\nb#two\n", "a=a:22 b=b:22"},
		{"several on a line", "a b,c\td\n", "a=a:22 b=b:22 c=c:22 d=d:22"},
		{"expressions", "n[1-3]!n2\nn2\n", "n1=n1:22 n3=n3:22 n2=n2:22"},
		{"pssh's form", "root@a:23\nb:22\n", "root@a:23=root@a:23 b:22=b:22"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			if got, _ := labels(t, Source{Files: []string{write(t, test.text)}}); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	t.Run("several files", func(t *testing.T) {
		got, _ := labels(t, Source{Files: []string{write(t, "b"), write(t, "a")}})
		if want := "b=b:22 a=a:22"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// A list that names nobody is an error of its own, unless that is allowed (F84).
func TestF84NoHosts(t *testing.T) {
	tests := []struct {
		why  string
		src  Source
		want string
	}{
		{"nothing named", Source{}, "no hosts"},
		{"an empty file", Source{Files: []string{os.DevNull}}, "no hosts"},
		{"only comments", Source{Files: []string{write(t, "# none\n\n")}}, "no hosts"},
		{"all excluded", Source{Args: []string{"n[1-3]"}, Exclude: []string{"n[1-5]"}}, "no hosts: all that were named are excluded"},
		{"minus", Source{Args: []string{"a!a"}}, "no hosts"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			_, err := Load(test.src)
			if !errors.Is(err, ErrNoHosts) || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			test.src.AllowEmpty = true
			if _, err := Load(test.src); err != nil {
				t.Error(err)
			}
		})
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
