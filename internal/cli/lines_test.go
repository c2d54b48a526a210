package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"muster/internal/fleet"
	"muster/internal/orchestrator"
)

// fakeEnder is an ender that nothing ends but the test.
func fakeEnder() *ender {
	return &ender{stops: make(chan orchestrator.Stop, 4), stopping: make(chan struct{}), now: make(chan struct{}), closed: make(chan struct{}), lost: make(chan struct{})}
}

func tag(who int) string { return fmt.Sprint("n", who) }

func said(stderr bool, data string) fleet.Output {
	return fleet.Output{Stderr: stderr, Data: []byte(data)}
}

// However what many write is cut into parts and mixed, each line stands behind its writer's name, whole, and in its order.
func TestLinesDoNotMix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stdout, stderr bytes.Buffer
		l := newLines(&stdout, &stderr, tag, fakeEnder())
		wrote := map[source]string{}
		for range rapid.IntRange(0, 30).Draw(t, "parts") {
			from := source{rapid.IntRange(0, 3).Draw(t, "who"), rapid.Bool().Draw(t, "stderr")}
			data := rapid.StringMatching(`([a-z]{0,3}\n?){0,3}`).Draw(t, "data")
			wrote[from] += data
			l.add(from.who, said(from.stderr, data))
		}
		for who := range 4 {
			l.end(who)
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
		for from, text := range wrote {
			shown := &stdout
			if from.stderr {
				shown = &stderr
			}
			var got, want []string
			for line := range strings.Lines(text) {
				want = append(want, tag(from.who)+": "+strings.TrimSuffix(line, "\n")+"\n")
			}
			for line := range strings.Lines(shown.String()) {
				if strings.HasPrefix(line, tag(from.who)+": ") {
					got = append(got, line)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%v: %q, want %q", from, got, want)
			}
		}
		if lines := strings.Count(stdout.String()+stderr.String(), "\n"); lines > 0 && !strings.HasPrefix(stdout.String()+stderr.String(), "n") {
			t.Fatalf("%q, %q", &stdout, &stderr)
		}
	})
}

// What is shown is escaped, a line that does not end is shown in pieces, and what is left of one when its writer ends.
func TestLines(t *testing.T) {
	piece := strings.Repeat("x", longLine)
	tests := []struct {
		name  string
		parts []string
		want  string
	}{
		{"hostile", []string{"\x1b[2J::error::x\r\n", "##vso[x]\n", "\xff\u202e\n"}, `n1: \x1b[2J::error::x` + "\n" + `n1: \x23#vso[x]` + "\n" + `n1: \xff\u202e` + "\n"},
		{"empty lines", []string{"\n", "\n\n"}, "n1: \nn1: \nn1: \n"},
		{"a rune in two parts", []string{"gr\xc3", "\xb6\xc3\x9fe\n"}, "n1: größe\n"},
		{"no end", []string{"a\nb", "c"}, "n1: a\nn1: bc\n"},
		{"a long line", []string{piece[1:], "x", "yz\n"}, "n1: " + piece + "\nn1: yz\n"},
		{"in one part", []string{piece + "yz\n"}, "n1: " + piece + "yz\n"},
		{"nothing", []string{""}, ""},
	}
	for _, tt := range tests {
		var stdout bytes.Buffer
		l := newLines(&stdout, io.Discard, tag, fakeEnder())
		for _, part := range tt.parts {
			l.add(1, said(false, part))
		}
		l.end(1)
		l.end(1)
		if err := l.close(); err != nil || stdout.String() != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, &stdout, err, tt.want)
		}
	}
}

// A reader that does not read holds up who writes, until the run is told to end; then nothing waits for it any more.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		end := fakeEnder()
		l := newLines(w, io.Discard, tag, end)
		var added atomic.Int64
		all := make(chan struct{})
		go func() {
			for range 1000 {
				l.add(1, said(false, "x\n"))
				added.Add(1)
			}
			close(all)
		}()
		synctest.Wait()
		select {
		case <-all:
			t.Error("not held up")
		default:
		}
		held := added.Load()
		if held > 300 {
			t.Errorf("%d lines are held", held)
		}
		io.ReadFull(r, make([]byte, len("n1: x\n")*100))
		synctest.Wait()
		if added.Load() != held+100 {
			t.Errorf("%d lines after %d and 100", added.Load(), held)
		}
		end.stop()
		<-all
		closed := make(chan error)
		go func() { closed <- l.close() }()
		synctest.Wait()
		close(end.now)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		r.Close()
	})
}

// A run that is told to end shows what is said on its way, as long as there is room for it.
func TestLinesOfAnEndingRun(t *testing.T) {
	end := fakeEnder()
	end.stop()
	var stdout bytes.Buffer
	l := newLines(&stdout, io.Discard, tag, end)
	for range 100 {
		l.add(1, said(false, "x\n"))
	}
	if err := l.close(); err != nil || stdout.String() != strings.Repeat("n1: x\n", 100) {
		t.Errorf("%d lines of 100, %v", strings.Count(stdout.String(), "\n"), err)
	}
}

// When the reader has gone the run ends, once. Any other failure is only told, and one of stderr is not even that.
func TestBrokenReader(t *testing.T) {
	for _, tt := range []struct {
		err  error
		gone bool
	}{{syscall.EPIPE, true}, {errBroken, false}} {
		r, w := io.Pipe()
		r.CloseWithError(tt.err)
		end := fakeEnder()
		l := newLines(w, w, tag, end)
		for range 10 {
			l.add(1, said(false, "x\n"))
			l.add(1, said(true, "x\n"))
		}
		if err := l.close(); !errors.Is(err, tt.err) {
			t.Errorf("%v: %v", tt.err, err)
		}
		lost := false
		select {
		case <-end.lost:
			lost = true
		default:
		}
		var why ending
		if end.why(&why); why.gone != tt.gone || lost != tt.gone {
			t.Errorf("%v: gone %v, lost %v", tt.err, why.gone, lost)
		}
	}
	r, w := io.Pipe()
	r.CloseWithError(syscall.EPIPE)
	end := fakeEnder()
	var stdout bytes.Buffer
	l := newLines(&stdout, w, tag, end)
	l.add(1, said(true, "x\n"))
	l.add(1, said(false, "y\n"))
	if err := l.close(); err != nil || stdout.String() != "n1: y\n" || len(end.stops) > 0 {
		t.Errorf("%v, %q", err, &stdout)
	}
}

// What somebody wrote is all that came since it last began, of each stream; what never began has written nothing.
func TestTranscripts(t *testing.T) {
	var stdout, stderr bytes.Buffer
	said := newTranscripts(newLines(&stdout, &stderr, tag, fakeEnder()))
	defer said.spool.Close()
	add := func(who int, stderr bool, data string) {
		said.add(who, fleet.Output{Stderr: stderr, Data: []byte(data)})
	}
	is := func(got fleet.Text, want string) {
		t.Helper()
		if text, err := got.Bytes(); err != nil || string(text) != want {
			t.Errorf("%q, %v, want %q", text, err, want)
		}
	}
	said.begin(1)
	said.begin(2)
	add(1, false, "void, half a line")
	add(2, false, "two\n")
	said.begin(1)
	add(1, false, "a\r\nb")
	add(1, true, "why\n")
	add(1, false, "c\n")
	out, why, _ := said.end(1)
	is(out, "a\r\nbc\n")
	is(why, "why\n")
	if out, why, _ := said.end(1); out != nil || why != nil {
		t.Error("it ended twice")
	}
	out, why, _ = said.end(2)
	is(out, "two\n")
	is(why, "")
	if out, why, _ := said.end(3); out != nil || why != nil {
		t.Error("it never began")
	}
	said.begin(4)
	add(4, false, "two\n")
	again, _, _ := said.end(4)
	if again != out {
		t.Error("equal texts are two")
	}
	if err := said.finish(); err != nil {
		t.Error(err)
	}
	if want := "n2: two\nn1: void, half a line\nn1: a\nn1: bc\nn4: two\n"; stdout.String() != want || stderr.String() != "n1: why\n" {
		t.Errorf("%q, want %q; %q", &stdout, want, &stderr)
	}
}
