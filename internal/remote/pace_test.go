package remote

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// The first connection waits for its delay, so that workers begin one after the other, and each next one for as long as the
// rate says; what cannot wait has the next one wait.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		p := newPace(2, 300*time.Millisecond)
		for i, want := range []time.Duration{300 * time.Millisecond, 800 * time.Millisecond, 1800 * time.Millisecond} {
			if i == 2 {
				p.spend()
			}
			if !p.wait(context.Background()) {
				t.Fatal("not waited for")
			}
			if took := time.Since(began).Round(time.Millisecond); took != want {
				t.Errorf("connection %d after %v, not %v", i, took, want)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if p.wait(ctx) {
			t.Error("waited for, though the time was up")
		}
		var none *pace
		none.spend()
		if !none.wait(ctx) {
			t.Error("no limit, and not let go")
		}
	})
}
