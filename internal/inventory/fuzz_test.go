package inventory

import (
	"errors"
	"strings"
	"testing"

	"muster/internal/hostlist"
)

// FuzzHostfile reads anything as a hostfile: no more hosts than the limit, each once and one that its label names again,
// or an error of lines that can be shown, each of which says where.
func FuzzHostfile(f *testing.F) {
	for _, text := range []string{
		"", "\ufeffa\r\nb", "# none\n\n", "n[1-3]!n2\nn2 # again\n", "a\nA\na:22\nu@a", "a\x00b\n\xff\n", "n[0-999999999]\nn[3-1]\n", "\u202e", "-oProxyCommand=x\n$(id)\n%h\n",
		"[::1]:22 ::1 [::1\n::1:22", strings.Repeat("$\n", 20), strings.Repeat("a,", 500), "n[1-40]\nm[1-40]\n", "\x1b[2J\n::error::x\n",
	} {
		f.Add([]byte(text))
	}
	const most = 50
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := Load(Source{Files: []string{"-"}, Stdin: strings.NewReader(string(text)), User: "me", Max: most})
		if err != nil {
			if list.Hosts != nil {
				t.Fatalf("%v, and %d hosts", err, len(list.Hosts))
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) > maxProblems+1 {
				t.Fatalf("%d lines of errors", len(lines))
			}
			for i, line := range lines {
				where := strings.HasPrefix(line, "stdin:") || errors.Is(err, ErrNoHosts) || i == maxProblems && strings.HasPrefix(line, "and ")
				if !where || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Fatalf("not a line to be shown, or not where: %q", line)
				}
			}
			return
		}
		if len(list.Hosts) == 0 || len(list.Hosts) > most {
			t.Fatalf("%d hosts", len(list.Hosts))
		}
		ids := map[string]bool{}
		var labels []string
		for _, h := range list.Hosts {
			parsed, err := hostlist.ParseHost(h.Label)
			if err != nil || parsed.Name != h.Name || h.User == "" || h.Port == 0 || ids[h.ID()] {
				t.Fatalf("%+v: %v, listed before: %v", h, err, ids[h.ID()])
			}
			ids[h.ID()] = true
			labels = append(labels, h.Label)
		}
		again, err := Load(Source{Args: labels, User: "me", Max: most})
		if err != nil || len(again.Hosts) != len(labels) || again.Notes != nil {
			t.Fatalf("%q loads as %d hosts, %v, %v", labels, len(again.Hosts), again.Notes, err)
		}
	})
}

// FuzzItems reads anything as items: each line is one, byte for byte, and together they are the file again.
func FuzzItems(f *testing.F) {
	for _, text := range []string{"", "a", "a\n", "\n\n", "a\r\n\x00\xff\n\ufeff", "n[1-3],m\n# c\n", strings.Repeat("x", maxItem) + "\n", strings.Repeat("x", maxItem+1), strings.Repeat("a\n", 60)} {
		f.Add([]byte(text))
	}
	const most = 50
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := LoadItems(Source{Files: []string{"-"}, Stdin: strings.NewReader(string(text)), Max: most, AllowEmpty: true})
		lines, longest := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), 0
		if len(text) == 0 {
			lines = nil
		}
		for _, line := range lines {
			longest = max(longest, len(line))
		}
		if fits := len(lines) <= most && longest <= maxItem; fits != (err == nil) {
			t.Fatalf("%d lines of up to %d bytes: %v", len(lines), longest, err)
		}
		if err != nil {
			return
		}
		if len(list.Hosts) != len(lines) {
			t.Fatalf("%d items of %d lines", len(list.Hosts), len(lines))
		}
		for i, h := range list.Hosts {
			if h.Label != lines[i] {
				t.Fatalf("item %d is %q, want %q", i, h.Label, lines[i])
			}
		}
	})
}
