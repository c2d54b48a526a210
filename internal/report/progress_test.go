package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"muster/internal/fleet"
)

func TestProgressShowsWhoIsWaitedFor(t *testing.T) {
	defer goleak.VerifyNone(t)
	var b bytes.Buffer
	p := NewProgress(&b, true)
	p.Start(4)
	for _, host := range []string{"n1", "n2", "n\x1b[3m"} {
		p.Started(host)
	}
	p.Done(&fleet.Outcome{Host: "n1", Status: fleet.StatusOK})
	p.Done(&fleet.Outcome{Host: "n2", Status: fleet.StatusTimeout})
	if _, err := p.Write([]byte("muster: a warning\n")); err != nil {
		t.Error(err)
	}
	p.Stop()
	for _, want := range []string{"2/4: 1 ok, 1 timeout", `waiting for n\x1b[3m `, "muster: a warning\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %q", want, b.String())
		}
	}
	if !strings.HasSuffix(b.String(), "\x1b[J") {
		t.Errorf("the bar is left standing: %q", b.String())
	}

	b.Reset()
	p.Write([]byte("after\n"))
	if b.String() != "after\n" {
		t.Errorf("after Stop: %q", b.String())
	}
}

func TestProgressOfAFinishedRunIsCleared(t *testing.T) {
	defer goleak.VerifyNone(t)
	var b bytes.Buffer
	p := NewProgress(&b, true)
	p.Start(1)
	p.Done(&fleet.Outcome{Host: "n1", Status: fleet.StatusOK})
	p.Stop()
	if !strings.HasSuffix(b.String(), "\x1b[J") {
		t.Errorf("the bar is left standing: %q", b.String())
	}
}

func TestProgressThatIsNotShownWritesNothing(t *testing.T) {
	defer goleak.VerifyNone(t)
	var b bytes.Buffer
	p := NewProgress(&b, false)
	p.Start(2)
	p.Started("n1")
	p.Done(&fleet.Outcome{Host: "n1"})
	p.Write([]byte("muster: a warning\n"))
	p.Stop()
	if b.String() != "muster: a warning\n" {
		t.Errorf("wrote %q", b.String())
	}
}

func TestSlowest(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := NewProgress(nil, false)
	if got := p.slowest(start); got != "" {
		t.Errorf("nobody waited for: %q", got)
	}
	for queued, want := range map[int]string{1: "waiting for 1 worker in the queue", 3: "waiting for 3 workers in the queue"} {
		p.Queued(queued)
		if got := p.slowest(start); got != want {
			t.Errorf("workers waited for: %q", got)
		}
	}
	p.Queued(0)
	for i, label := range []string{"d", "c", "b", "a"} {
		p.pending[label] = start.Add(time.Duration(i) * time.Second)
	}
	if got, want := p.slowest(start.Add(8*time.Second)), "waiting for d 8.0s, c 7.0s, b 6.0s"; got != want {
		t.Errorf("slowest = %q, want %q", got, want)
	}
}
