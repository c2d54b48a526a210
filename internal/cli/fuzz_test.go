package cli

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"muster/internal/fleet"
)

// FuzzExitCode holds the exit code against the manual's table, read from its first line that applies: it depends on how
// hosts and scripts ended, on what failed here, and on what ended the run, and on nothing else.
func FuzzExitCode(f *testing.F) {
	ones := bytes.Repeat([]byte{1}, 2*len(fleet.Statuses))
	for happened := range 256 {
		f.Add(byte(happened), ones)
	}
	for i := range ones {
		for j := range i + 1 {
			both := make([]byte, i+1)
			both[i], both[j] = 1, 1
			f.Add(byte(0), both)
			f.Add(byte(4), both)
		}
	}
	f.Fuzz(func(t *testing.T, happened byte, counts []byte) {
		e := ending{
			gone: happened&1 > 0, deadline: happened&2 > 0, failedFast: happened&4 > 0,
			byStatus: map[fleet.Status]int{}, groups: map[fleet.Status]int{},
		}
		if happened&8 > 0 {
			e.failed = errors.New("no")
		}
		if signals := []os.Signal{nil, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM}; happened&16 > 0 {
			e.signal = signals[happened>>5%4]
		}
		ended := map[fleet.Status]bool{}
		for i, n := range counts[:min(len(counts), 2*len(fleet.Statuses))] {
			status, of := fleet.Statuses[i%len(fleet.Statuses)], e.byStatus
			if i >= len(fleet.Statuses) {
				of = e.groups
			}
			of[status] = int(n)
			ended[status] = ended[status] || n > 0
		}
		want := 0
		for _, line := range exitTable {
			if line.when(e, ended) {
				want = line.code
				break
			}
		}
		code, reason := e.code()
		if code != want || (reason == "") != (want == 0) || strings.Contains(reason, "\n") {
			t.Fatalf("%+v: %d %q, want %d", e, code, reason, want)
		}
	})
}

// exitTable is the manual's, in its order of precedence.
var exitTable = []struct {
	code int
	when func(e ending, ended map[fleet.Status]bool) bool
}{
	{129, func(e ending, _ map[fleet.Status]bool) bool { return e.signal == syscall.SIGHUP }},
	{130, func(e ending, _ map[fleet.Status]bool) bool { return e.signal == syscall.SIGINT }},
	{143, func(e ending, _ map[fleet.Status]bool) bool { return e.signal == syscall.SIGTERM }},
	{141, func(e ending, _ map[fleet.Status]bool) bool { return e.gone }},
	{124, func(e ending, _ map[fleet.Status]bool) bool { return e.deadline }},
	{1, func(e ending, _ map[fleet.Status]bool) bool { return e.failed != nil }},
	{3, func(e ending, ended map[fleet.Status]bool) bool {
		neverBegun := (ended["skipped"] || ended["canceled"]) && !e.failedFast
		return ended["timeout"] || ended["lost"] || ended["local"] || neverBegun
	}},
	{4, func(_ ending, ended map[fleet.Status]bool) bool {
		return ended["unreachable"] || ended["refused"] || ended["resolve"] || ended["closed"] || ended["protocol"] || ended["hostkey"] || ended["auth"]
	}},
	{5, func(_ ending, ended map[fleet.Status]bool) bool {
		return ended["exit"] || ended["output"] || ended["parse"]
	}},
}

// FuzzArrange mixes options and hosts in any order. No word is lost, doubled or changed, no option is left where the
// library would take it for a host, and what is arranged is read again as the same options, and the same hosts behind "--".
func FuzzArrange(f *testing.F) {
	for _, line := range []string{
		"collect n1 -n 4 n2", "collect -H - -o json n1", "exec n1 --shell x -- a -- b", "collect -x -- n1", "collect n1 -H", "hosts - -- -", "nothing -x", "",
		"collect --chunks=4 -=x --=", "run -nonsense a --items", "--config f collect n1", "--config=f nothing", "--config",
	} {
		f.Add(line)
	}
	app := (&invocation{}).app()
	f.Fuzz(func(t *testing.T, line string) {
		args := append([]string{"muster"}, strings.Split(line, " ")...)
		l, err := arrange(app, args)
		arranged, words := l.arranged(), l.words
		if err != nil {
			if codeOf(err) != codeUsage {
				t.Fatalf("%q: %v", args, err)
			}
			return
		}
		if l.command == nil {
			if !slices.Equal(arranged, args) || words != nil {
				t.Fatalf("%q: no command, but %q, %q", args, arranged, words)
			}
			return
		}
		if got := slices.Concat(arranged, words); !slices.Equal(sorted(got), sorted(args)) {
			t.Fatalf("%q became %q", args, got)
		}
		hosts := arranged[lastIndex(arranged, "--")+1:]
		if i := slices.IndexFunc(hosts, func(host string) bool { return len(host) > 1 && host[0] == '-' }); i >= 0 {
			t.Fatalf("%q: %q stands among the hosts", args, hosts[i])
		}
		second, err := arrange(app, arranged)
		again, behind := second.arranged(), second.words
		if got := slices.Concat(again, behind); err != nil || !slices.Equal(got, arranged) || !slices.Equal(behind, hosts) {
			t.Fatalf("%q: arranged as %q, and that as %q: %v", args, arranged, got, err)
		}
	})
}

// sorted are the words in any order but "--", of which arranging may add one.
func sorted(words []string) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for _, word := range words {
			if word != "--" && !yield(word) {
				return
			}
		}
	})
}

func lastIndex(words []string, word string) int {
	for i := len(words) - 1; i >= 0; i-- {
		if words[i] == word {
			return i
		}
	}
	return -1
}
