package cli

import (
	"testing"
	"testing/synctest"
	"time"
)

// Beats keep their times, however long each takes; those that were missed are counted once, and never made up for.
func TestPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		p := &pulse{every: 30 * time.Second, due: began}
		for _, beat := range []struct {
			takes  time.Duration
			missed int
			next   time.Duration // since the first
		}{
			{0, 0, 30 * time.Second},
			{29 * time.Second, 0, 60 * time.Second},
			{30 * time.Second, 0, 90 * time.Second},
			{30*time.Second + 1, 1, 150 * time.Second},
			{41 * time.Second, 1, 210 * time.Second},
			{time.Hour, 119, 210*time.Second + time.Hour},
			{time.Second, 0, 240*time.Second + time.Hour},
		} {
			time.Sleep(beat.takes)
			wait, took, missed := p.next(time.Now())
			if wait < 0 || took != beat.takes || missed != beat.missed {
				t.Errorf("%+v: waits %v, took %v, missed %d", beat, wait, took, missed)
			}
			<-time.After(wait)
			if at := time.Since(began); at != beat.next {
				t.Errorf("%+v: the next at %v", beat, at)
			}
		}
	})
}
