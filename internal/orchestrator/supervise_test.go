package orchestrator

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/internal/fleet"
	"muster/internal/wire"
	"muster/partition"
)

var update = flag.Bool("update", false, "rewrite the actions in testdata/supervise with the actual ones")

// TestSupervise replays the conversations in testdata/supervise: events, then under ---- the actions that they must lead
// to. The events are
//
//	run hosts=H chunks=C fan-out=F [procs=P] [fail-fast] [steal] [grouped] [reruns=R] [output=BYTES] [more] [far]
//	hello W          start W N…      ok W N…          outcome W N STATUS
//	output W N PART [BYTES]          group W STATUS   ask W N          done W COUNT
//	figure W N NAME  an outcome with a figure of this name that is no reading's
//	script W A       the group's script starts, for the A-th time; its output is that of 0
//	says W WHAT      the worker breaks the protocol
//	eof W            its output ends
//	exit W HOW       it ends: well, crashed, killed (from outside), scarce (this machine has no thread for it), unlaunched, or
//	                 left (behind, which is no end). Its output has ended before
//	tick T           T ticks in which everybody says beats
//	silence T W…     T ticks in which these workers say nothing, of +k in the actions
//	queued T W…      T ticks in which these workers wait in a queue
//	taking T W…      T ticks in which these workers read what they are told
//	beat [more]      the next beat begins; more: others follow, as with run
//	stop [now]
//
// where W is a worker, N the number of a feed; hosts are named a, b, c, … in the order of the chunks. At the end every
// host has exactly one outcome and every worker has ended.
func TestSupervise(t *testing.T) {
	files, err := filepath.Glob("../../testdata/supervise/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(want), "# ") {
				t.Error("it does not say why it exists")
			}
			got := replay(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("actual:\n%s\ndiff:\n%s", got, diff)
			}
		})
	}
}

// replay returns text with the actual actions.
func replay(t *testing.T, text string) string {
	var out strings.Builder
	script := &script{t: t, ended: map[int]bool{}}
	expected := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "----":
			expected = true
			fmt.Fprintf(&out, "----\n%s", strings.Join(script.actions, ""))
			script.actions = nil
		case line == "":
			expected = false
			out.WriteString("\n")
		case expected: // what was to come
		default:
			fmt.Fprintln(&out, line)
			if !strings.HasPrefix(line, "#") {
				script.event(strings.Fields(line))
			}
		}
	}
	if len(script.actions) > 0 {
		t.Errorf("nobody looks at the last actions: %q", script.actions)
	}
	if !script.super.finished() || len(script.outcomes) != len(script.super.hosts) {
		t.Errorf("at the end: %d of %d hosts have an outcome, %d workers live", len(script.outcomes), len(script.super.hosts), len(script.super.workers))
	}
	return out.String()
}

// named are hosts of these labels.
func named(labels ...string) (hosts []fleet.Host) {
	for _, label := range labels {
		hosts = append(hosts, fleet.Host{Label: label})
	}
	return hosts
}

// script is a conversation on its way.
type script struct {
	t        *testing.T
	super    *supervisor
	actions  []string
	outcomes map[int]bool
	ended    map[int]bool // workers whose output has ended
}

func (s *script) step(prefix string, ev event) {
	for _, a := range append(s.super.step(ev), s.super.schedule()...) {
		if e, ok := a.(emit); ok {
			for _, host := range e.hosts {
				if s.outcomes[host] {
					s.t.Errorf("host %s: a second outcome", s.super.listed[host].Label)
				}
				s.outcomes[host] = true
			}
		}
		s.actions = append(s.actions, prefix+s.show(a)+"\n")
	}
}

func (s *script) event(words []string) {
	number := func(i int) int {
		n, err := strconv.Atoi(words[i])
		if err != nil {
			s.t.Fatalf("%q: %v", words, err)
		}
		return n
	}
	switch words[0] {
	case "run":
		s.run(words[1:])
	case "hello":
		s.step("", hello{number(1), 100 + number(1)})
	case "start":
		for i := range words[2:] {
			s.step("", start{worker: number(1), num: number(2 + i)})
		}
	case "script":
		s.step("", start{worker: number(1), attempt: number(2)})
	case "ok":
		for i := range words[2:] {
			s.step("", outcome{number(1), &fleet.Outcome{Num: number(2 + i), Status: fleet.StatusOK, Attempts: 1}})
		}
	case "outcome":
		s.step("", outcome{number(1), &fleet.Outcome{Num: number(2), Status: fleet.Status(words[3])}})
	case "output":
		part := fleet.Output{Num: number(2), Group: words[2] == "0", Part: number(3)}
		if len(words) > 4 {
			part.Data = make([]byte, number(4))
		}
		s.step("", output{number(1), part})
	case "figure":
		o := fleet.Outcome{Num: number(2), Status: fleet.StatusOK, Extra: map[string]float64{words[3]: 1}}
		s.step("", outcome{number(1), &o})
	case "group":
		s.step("", group{number(1), fleet.Group{Status: fleet.Status(words[2])}})
	case "ask":
		s.step("", ask{number(1), wire.Ask{ID: 1, HostKey: fleet.HostKey{Num: number(2)}}})
	case "done":
		s.step("", done{number(1), number(2)})
	case "says":
		s.ended[number(1)] = true
		s.step("", violation{number(1), "says " + strings.Join(words[2:], " ")})
	case "eof":
		s.ended[number(1)] = true
		s.step("", eof{number(1)})
	case "exit":
		s.exit(number(1), words[2])
	case "tick", "silence", "taking", "queued":
		named := map[int]bool{}
		for i := range words[2:] {
			named[number(2+i)] = true
		}
		ev := tick{quiet: named}
		if words[0] == "taking" {
			ev = tick{taking: named}
		}
		if words[0] == "queued" {
			ev = tick{queued: named}
		}
		for i := range number(1) {
			s.step(fmt.Sprintf("+%d ", i+1), ev)
		}
	case "beat":
		if len(s.outcomes) != len(s.super.hosts) {
			s.t.Errorf("a beat is over with %d outcomes", len(s.outcomes))
		}
		s.outcomes = map[int]bool{}
		s.step("", begin{more: len(words) > 1})
	case "stop":
		s.step("", stop{now: len(words) > 1})
	default:
		s.t.Fatalf("no such event: %q", words)
	}
}

func (s *script) run(settings []string) {
	p := policy{patience: patience{hello: 50, silent: 50, host: 100}, fanout: 1}
	var hosts, chunks int
	var more bool
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		n, _ := strconv.Atoi(value)
		switch name {
		case "hosts":
			hosts = n
		case "chunks":
			chunks = n
		case "fan-out":
			p.fanout = n
		case "procs":
			p.maxProcs = n
		case "fail-fast":
			p.failFast = anyFailure
		case "more":
			more = true
		case "steal":
			p.steal = true
		case "grouped":
			p.grouped = true
		case "output":
			p.output = n
		case "far":
			p.far, p.patience.queue = true, 100
		case "reruns":
			p.regroup = n
		default:
			s.t.Fatalf("no such setting: %s", setting)
		}
	}
	var indexes []int
	for i := range hosts {
		indexes = append(indexes, i)
		p.listed = append(p.listed, named(string(rune('a'+i)))...)
	}
	p.chunks = partition.Block(indexes, chunks)
	if p.maxProcs == 0 {
		p.maxProcs = chunks
	}
	s.super, s.outcomes = newSupervisor(p), map[int]bool{}
	s.step("", begin{more: more})
}

func (s *script) exit(worker int, how string) {
	ends := map[string]exit{
		"well":       {launched: true, how: "exit status 0"},
		"crashed":    {launched: true, how: "exit status 2", failed: true},
		"killed":     {launched: true, how: "killed by signal 9 (SIGKILL)", failed: true, outside: true},
		"scarce":     {launched: true, how: "exit status 2: no thread", failed: true, outside: true, scarce: true},
		"unlaunched": {how: "no such file", failed: true},
		"left":       {launched: true, how: "is left behind", failed: true},
	}
	ev, ok := ends[how]
	if !ok {
		s.t.Fatalf("no such end: %s", how)
	}
	if s.super.workers[worker] == nil {
		s.t.Errorf("exit of worker %d, which does not live", worker)
		return
	}
	ev.worker = worker
	if ev.launched && how != "left" && !s.ended[worker] {
		s.step("", eof{worker})
	}
	s.step("", ev)
}

func (s *script) show(a action) string {
	names := func(hosts []int, first int) string {
		var words []string
		for i, host := range hosts {
			words = append(words, fmt.Sprintf("%d:%s", first+i, s.super.listed[host].Label))
		}
		return strings.Join(words, " ")
	}
	switch a := a.(type) {
	case launchWorker:
		place := ""
		if a.place != max(a.chunk, 0) {
			place = fmt.Sprintf(" place=%d", a.place)
		}
		if a.chunk == quarantine {
			return fmt.Sprintf("launch %d quarantine fan-out=%d window=%d%s", a.worker, a.fanout, a.window, place)
		}
		return fmt.Sprintf("launch %d chunk=%d fan-out=%d window=%d", a.worker, a.chunk, a.fanout, a.window)
	case feed:
		return fmt.Sprintf("feed %d %s", a.worker, names(a.hosts, a.first))
	case end:
		return fmt.Sprintf("end %d", a.worker)
	case closing:
		return fmt.Sprintf("close %d", a.worker)
	case terminate:
		return fmt.Sprintf("terminate %d", a.worker)
	case kill:
		return fmt.Sprintf("kill %d", a.worker)
	case abandon:
		return fmt.Sprintf("abandon %d", a.worker)
	case judge:
		return fmt.Sprintf("judge %d %d", a.worker, a.Num)
	case begun:
		return "begun " + s.super.listed[a.host].Label
	case groupBegun:
		return fmt.Sprintf("begun group of chunk %d attempt=%d", a.chunk, a.attempt)
	case emit:
		var labels []string
		for _, host := range a.hosts {
			labels = append(labels, s.super.listed[host].Label)
		}
		text := fmt.Sprintf("%s is %s", strings.Join(labels, " "), a.outcome.Status)
		if o := a.outcome; o.Status != fleet.StatusOK {
			text += fmt.Sprintf(" attempts=%d", o.Attempts)
		}
		if a.outcome.Error != "" {
			text += ": " + a.outcome.Error
		}
		return text
	case deliver:
		if a.host < 0 {
			return fmt.Sprintf("deliver group of chunk %d part=%d", a.chunk, a.Part)
		}
		return fmt.Sprintf("deliver %s part=%d", s.super.listed[a.host].Label, a.Part)
	case grouped:
		return fmt.Sprintf("group of chunk %d is %s attempts=%d", a.chunk, a.group.Status, a.attempts)
	case over:
		return "over"
	case warn:
		return "warn: " + a.text
	case fail:
		return "fail: " + a.text
	case failedFast:
		return "failed fast: " + s.super.listed[a.host].Label
	}
	panic(fmt.Sprintf("no such action: %T", a))
}

// What takes the places of several hosts that were answered for at the same time is fed at once.
func TestFedTogether(t *testing.T) {
	for _, steal := range []bool{false, true} {
		hosts := make([]int, 16)
		for i := range hosts {
			hosts[i] = i
		}
		s := newSupervisor(policy{
			listed: named(strings.Split("abcdefghijklmnop", "")...), chunks: [][]int{hosts}, fanout: 4, maxProcs: 1, steal: steal,
			patience: patience{hello: 50, silent: 50, host: 50},
		})
		s.step(begin{})
		s.schedule()
		s.step(hello{1, 1})
		s.schedule()
		for num := 1; num <= 3; num++ {
			s.step(start{worker: 1, num: num})
			s.step(outcome{1, &fleet.Outcome{Num: num, Status: fleet.StatusOK, Attempts: 1}})
		}
		actions := s.schedule()
		if next, ok := actions[0].(feed); !ok || len(next.hosts) != 3 || len(actions) != 1 {
			t.Errorf("steal %v: %+v", steal, actions)
		}
	}
}

// The queues never share memory with what was fed: actions are kept as they were.
func TestActionsAreKept(t *testing.T) {
	s := newSupervisor(policy{listed: named("a", "b", "c", "d"), chunks: [][]int{{0, 1, 2, 3}}, fanout: 1, maxProcs: 1, patience: patience{hello: 50, silent: 50, host: 50}})
	s.step(begin{})
	s.schedule()
	s.step(hello{1, 1})
	fed := s.schedule()[0].(feed)
	before := slices.Clone(fed.hosts)
	s.step(start{worker: 1, num: 1})
	s.step(exit{worker: 1, launched: true, failed: true})
	for range 30 {
		s.step(tick{})
		s.schedule()
	}
	s.step(hello{2, 2})
	s.step(hello{3, 3})
	if !slices.Equal(fed.hosts, before) {
		t.Errorf("%v, was %v", fed.hosts, before)
	}
}
