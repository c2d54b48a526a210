package worker

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// gate lets one Write through for each token, and keeps what it wrote.
type gate struct {
	tokens chan struct{}
	writes [][]byte
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.tokens
	g.writes = append(g.writes, bytes.Clone(p))
	return len(p), nil
}

// What many have to say while the parent is slow is written together, whole frames and no more at a time than a pipe takes
// whole; and nobody goes on before his frame is written.
func TestFramesAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{tokens: make(chan struct{})}
		up := newUplink(t.Context(), g, func(error) {})
		const senders, each = 60, 3
		sent := make(chan int, senders*each)
		for num := range senders {
			go func() {
				for range each {
					up.send(wire.Up{Outcome: &wire.Outcome{Num: num, Outcome: fleet.Outcome{Status: fleet.StatusExit, Error: strings.Repeat("x", 200)}}})
					sent <- num
				}
			}()
		}
		synctest.Wait()
		if len(sent) > 0 {
			t.Fatalf("%d went on before anything was written", len(sent))
		}
		frames := 0
		for frames < senders*each {
			g.tokens <- struct{}{}
			synctest.Wait()
			last := g.writes[len(g.writes)-1]
			frames += bytes.Count(last, []byte("\n"))
			if len(last) > wire.MaxUp || last[len(last)-1] != '\n' || len(sent) != frames {
				t.Fatalf("%d bytes, %d frames are written, and %d senders went on", len(last), frames, len(sent))
			}
		}
		if most := 2 + frames/10; len(g.writes) > most {
			t.Errorf("%d frames in %d writes, want no more than %d", frames, len(g.writes), most)
		}
		said := map[int]int{}
		for reader := wire.NewUpReader(bytes.NewReader(bytes.Join(g.writes, nil)), false); ; {
			frame, err := reader.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			said[frame.Outcome.Num]++
		}
		for num := range senders {
			if said[num] != each {
				t.Errorf("sender %d: %d frames, want %d", num, said[num], each)
			}
		}
	})
}

// One frame that cannot be written stops the worker, and lets all go who have something to say.
func TestFramesThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		up := newUplink(ctx, brokenWriter{}, cancel)
		for range 10 {
			go up.send(wire.Up{Start: &fleet.Start{Num: 1}})
		}
		synctest.Wait()
		if err := up.error(); err == nil || context.Cause(ctx) != err {
			t.Errorf("%v, %v", err, context.Cause(ctx))
		}
	})
}
