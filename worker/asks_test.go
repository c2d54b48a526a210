package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// asking is the Open of a task that asks about a host key for each host and tells the verdict in its outcome.
func asking(keySize int, patience time.Duration) Open {
	return func(job wire.Job, ask Ask) (Task, error) {
		return PerHost(job.Fanout, func(ctx context.Context, h fleet.Host, begin func(), _ Emit) fleet.Outcome {
			begin()
			ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("its time was up"))
			defer cancel()
			verdict, err := ask(ctx, fleet.HostKey{Num: h.Num, Names: []string{h.Name}, Key: make(fleet.Key, keySize)})
			if err != nil {
				return fleet.Outcome{Status: fleet.StatusHostKey, Error: err.Error()}
			}
			return fleet.Outcome{Status: fleet.StatusOK, Error: fmt.Sprint(verdict.Decision, " ", verdict.Reason)}
		}), nil
	}
}

// Each question gets its own answer, in whatever order they come.
func TestAsk(t *testing.T) {
	with(t, asking(100, time.Minute), func(p *parent) {
		p.hello()
		p.send(job(3, 6))
		go p.send(hosts(1, 2, 3), end())
		var asked []wire.Ask
		for len(asked) < 3 {
			if up := p.next(); up.Ask != nil {
				asked = append(asked, *up.Ask)
			}
		}
		go func() {
			for i := range asked {
				ask := asked[len(asked)-1-i]
				p.send(wire.Down{Answer: &wire.Answer{ID: ask.ID, Verdict: fleet.Verdict{Decision: fleet.Accept, Reason: fmt.Sprint(ask.Num)}}})
			}
		}()
		for _, up := range p.rest() {
			if o := up.Outcome; o != nil && o.Error != fmt.Sprint("accept ", o.Num) {
				t.Errorf("%+v", o)
			}
		}
		if err := <-p.served; err != nil {
			t.Error(err)
		}
	})
}

// A question whose host has run out of time is given up; its answer may still come, once.
func TestAskIsGivenUp(t *testing.T) {
	answer := wire.Down{Answer: &wire.Answer{ID: 1, Verdict: fleet.Verdict{Decision: fleet.Accept}}}
	with(t, asking(100, time.Second), func(p *parent) {
		p.hello()
		p.send(job(1, 2), hosts(1))
		for {
			if up := p.next(); up.Outcome != nil {
				if o := up.Outcome; o.Status != fleet.StatusHostKey || o.Error != "its time was up" {
					t.Errorf("%+v", o)
				}
				break
			}
		}
		p.send(answer)
		go p.send(answer)
		p.fails("an answer to no question, id 1")
	})
}

// A stop lets go whoever waits for an answer.
func TestAskIsStopped(t *testing.T) {
	with(t, asking(100, time.Minute), func(p *parent) {
		p.hello()
		p.send(job(1, 2), hosts(1))
		p.next() // start
		p.next() // ask
		p.in.Close()
		if got := p.outcomes(); got[1] != fleet.StatusHostKey {
			t.Error(got)
		}
	})
}

// A key that fits no frame fails its host, not the worker: a host chooses its key.
func TestAskAboutHugeKey(t *testing.T) {
	with(t, asking(wire.MaxUp, time.Minute), func(p *parent) {
		p.hello()
		p.send(job(1, 2))
		go p.send(hosts(1, 2), end())
		outcomes := 0
		for _, up := range p.rest() {
			if o := up.Outcome; o != nil {
				outcomes++
				if o.Status != fleet.StatusHostKey || !strings.HasPrefix(o.Error, "host key: frame encode: ") {
					t.Errorf("%+v", o)
				}
			}
		}
		if err := <-p.served; err != nil || outcomes != 2 {
			t.Error(outcomes, err)
		}
	})
}
