package worker

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// slowPipe takes a moment for every write, as real ones do.
type slowPipe struct{ io.Writer }

func (s slowPipe) Write(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.Writer.Write(p)
}

// A worker beats every second in which it says nothing else, and says nothing else meanwhile.
func TestBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, stdin := io.Pipe()
		stdout, out := io.Pipe()
		served := make(chan error, 1)
		go func() { served <- Serve(t.Context(), in, slowPipe{out}, visiting(hang)); out.Close() }()
		frames := wire.NewUpReader(stdout, false)
		last := time.Now()
		for beats := 0; beats < 100; {
			up, err := frames.Next()
			if err != nil {
				t.Fatal(err)
			}
			gap := time.Since(last)
			last = time.Now()
			switch {
			case up.Beat != nil:
				if beats++; gap < time.Second || gap > time.Second+5*time.Millisecond {
					t.Fatalf("beat after %v", gap)
				}
			case gap > time.Second:
				t.Fatalf("silent for %v before %+v", gap, up)
			}
			if beats == 10 && up.Beat != nil { // half a second later something else is said
				time.Sleep(500 * time.Millisecond)
				for _, frame := range []wire.Down{job(1, 2), hosts(1)} {
					line, _ := wire.EncodeDown(frame)
					stdin.Write(line)
				}
			}
		}
		stdin.Close()
		go io.Copy(io.Discard, stdout)
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// While the parent does not read, a worker waits; the beats do not pile up.
func TestBeatsWaitForTheParent(t *testing.T) {
	with(t, visiting(hang), func(p *parent) {
		p.hello()
		time.Sleep(time.Hour)
		synctest.Wait()
		began := time.Now()
		for range 3 {
			if up, err := p.frames.Next(); err != nil || up.Beat == nil {
				t.Errorf("%+v, %v", up, err)
			}
		}
		if took := time.Since(began); took < 2*time.Second {
			t.Errorf("three beats within %v", took)
		}
		p.send(job(1, 2), hosts(1), end())
		if up := p.next(); up.Start == nil {
			t.Errorf("%+v", up)
		}
		p.in.Close()
		if got := p.outcomes(); got[1] != fleet.StatusCanceled {
			t.Error(got)
		}
	})
}
