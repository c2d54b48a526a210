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
	ones := bytes.Repeat([]byte{1}, 3*len(fleet.Statuses))
	for happened := range 256 {
		f.Add(byte(happened), byte(happened), ones)
	}
	for i := range ones {
		for j := range i + 1 {
			both := make([]byte, i+1)
			both[i], both[j] = 1, 1
			f.Add(byte(0), byte(0), both)
			f.Add(byte(4), byte(0), both)
			f.Add(byte(0), byte(0b0010_0110), both)
		}
	}
	f.Fuzz(func(t *testing.T, happened, limits byte, counts []byte) {
		ended := newTally()
		e := ending{
			gone: happened&1 > 0, deadline: happened&2 > 0, failedFast: happened&4 > 0,
			byStatus: ended.byStatus, early: ended.early, groups: map[fleet.Status]int{}, hosts: 500,
		}
		if happened&8 > 0 {
			e.failed = errors.New("no")
		}
		if signals := []os.Signal{nil, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM}; happened&16 > 0 {
			e.signal = signals[happened>>5%4]
		}
		if limits&1 > 0 {
			e.crossed = []string{"load1 > 2"}
		}
		if limits&2 > 0 {
			e.tolerance.failed = limit{given: true, most: int(limits >> 4), percent: limits&8 > 0}
		}
		if limits&4 > 0 {
			e.tolerance.unreachable = limit{given: true, most: int(limits >> 5)}
		}
		var visits []visit
		for i, n := range counts[:min(len(counts), 3*len(fleet.Statuses))] {
			status, phase := fleet.Statuses[i%len(fleet.Statuses)], fleet.PhaseExec
			switch i / len(fleet.Statuses) {
			case 1:
				e.groups[status] = int(n)
				continue
			case 2:
				phase = fleet.PhaseBanner
			}
			ended.add(int(n), status, phase)
			visits = append(visits, slices.Repeat([]visit{{status, phase}}, int(n))...)
		}
		left := untolerated(e, visits)
		want := 0
		for _, line := range exitTable {
			if line.when(e, left) {
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

// visit is how one host ended.
type visit struct {
	status fleet.Status
	phase  fleet.Phase
}

// untolerated says which statuses are left, of hosts and scripts, when each host was held against the limit that the manual
// has for it.
func untolerated(e ending, visits []visit) map[fleet.Status]bool {
	const charged, uncharged = 0, 2
	to := func(v visit) int {
		switch {
		case v.status == "ok" || v.status == "skipped" || v.status == "canceled":
			return uncharged
		case !e.tolerance.unreachable.given:
			return charged
		case v.status == "resolve" || v.status == "refused" || v.status == "unreachable",
			(v.status == "closed" || v.status == "timeout") && v.phase == "banner":
			return charged + 1
		}
		return charged
	}
	var sums [3]int
	for _, v := range visits {
		sums[to(v)]++
	}
	most := [3]float64{float64(e.tolerance.failed.most), float64(e.tolerance.unreachable.most), -1}
	if e.tolerance.failed.percent {
		most[charged] *= float64(e.hosts) / 100
	}
	left := map[fleet.Status]bool{}
	of := map[fleet.Status]bool{}
	for _, v := range visits {
		of[v.status] = true
		left[v.status] = left[v.status] || float64(sums[to(v)]) > most[to(v)]
	}
	for status, n := range e.groups {
		left[status] = left[status] || n > 0 && !of[status]
	}
	return left
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
	{6, func(e ending, _ map[fleet.Status]bool) bool { return len(e.crossed) > 0 }},
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
