package worker

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"muster/internal/fleet"
	"muster/internal/wire"
)

func TestProtocolErrors(t *testing.T) {
	answer := wire.Down{Answer: &wire.Answer{ID: 1, Verdict: fleet.Verdict{Decision: fleet.Accept}}}
	tests := []struct {
		name string
		down []wire.Down
		want string
	}{
		{"no job", []wire.Down{end()}, "the first frame is not a job"},
		{"no fan-out", []wire.Down{job(0, 2)}, "job: fan-out 0, window 2"},
		{"no window", []wire.Down{job(3, 2)}, "job: fan-out 3, window 2"},
		{"second job", []wire.Down{job(1, 2), job(1, 2)}, "a frame out of turn"},
		{"hosts after end", []wire.Down{job(1, 2), hosts(1), end(), hosts(2)}, "hosts after the end"},
		{"second end", []wire.Down{job(1, 2), hosts(1), end(), end()}, "a second end"},
		{"host twice", []wire.Down{job(1, 2), hosts(1, 1)}, "host 1 fed twice"},
		{"host in flight twice", []wire.Down{job(1, 2), hosts(1), hosts(1)}, "host 1 fed twice"},
		{"too many hosts", []wire.Down{job(1, 2), hosts(1, 2, 3)}, "more than 2 hosts unanswered"},
		{"too many hosts by and by", []wire.Down{job(1, 2), hosts(1), hosts(2), hosts(3)}, "more than 2 hosts unanswered"},
		{"answer to nothing", []wire.Down{job(1, 2), answer}, "an answer to no question, id 1"},
		{"no items", []wire.Down{job(1, 2), items(1, "")}, "items without an end"},
		{"half an item", []wire.Down{job(1, 2), items(1, "a\nb")}, "items without an end"},
		{"item twice", []wire.Down{job(1, 3), items(1, "a\nb\n"), items(2, "c\n")}, "item 2 out of turn"},
		{"too many items", []wire.Down{job(1, 2), items(1, "\n\n\n")}, "more than 2 hosts unanswered"},
		{"items after end", []wire.Down{job(1, 2), hosts(5), end(), items(1, "a\n")}, "hosts after the end"},
		{"input unasked", []wire.Down{job(1, 2), input("x")}, "a frame out of turn"},
		{"input after all of it", []wire.Down{reading(2), input("x"), input("y"), input("z")}, "a frame out of turn"},
		{"hosts in place of input", []wire.Down{reading(2), hosts(1)}, "job's input: another frame in its place"},
		{"end in place of input", []wire.Down{reading(2), input("x"), end()}, "job's input: another frame in its place"},
		{"job in place of input", []wire.Down{reading(2), job(1, 2)}, "job's input: another frame in its place"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			with(t, visiting(hang), func(p *parent) {
				p.hello()
				p.send(tt.down[0])
				go func() { // starts are read meanwhile
					for _, frame := range tt.down[1:] {
						synctest.Wait()
						p.send(frame)
					}
				}()
				p.fails(tt.want)
			})
		})
	}
	t.Run("garbage", func(t *testing.T) {
		with(t, visiting(hang), func(p *parent) {
			p.hello()
			p.send(job(1, 2))
			io.WriteString(p.in, "ls -l\n")
			p.rest()
			var violation *wire.Violation
			if err := <-p.served; !errors.As(err, &violation) || !strings.HasPrefix(err.Error(), "input read: ") {
				t.Error(err)
			}
		})
	})
	t.Run("end of input in place of input", func(t *testing.T) {
		with(t, visiting(hang), func(p *parent) {
			p.hello()
			p.send(reading(2), input("x"))
			p.in.Close()
			p.fails("job's input read: EOF")
		})
	})
	t.Run("read error", func(t *testing.T) {
		err := Serve(t.Context(), iotest.ErrReader(errBroken), io.Discard, visiting(ok))
		if err == nil || err.Error() != "job read: broken" {
			t.Error(err)
		}
	})
}

// A write that fails stops a worker, whatever it was doing.
func TestWriteFailure(t *testing.T) {
	t.Run("hello", func(t *testing.T) {
		in, stdin := io.Pipe() // on which nothing ever comes
		defer stdin.Close()
		err := Serve(t.Context(), in, brokenWriter{}, visiting(ok))
		if err == nil || err.Error() != "output write: broken" {
			t.Error(err)
		}
	})
	t.Run("in flight", func(t *testing.T) {
		with(t, visiting(hang), func(p *parent) {
			p.hello()
			p.send(job(1, 2), hosts(1, 2))
			p.next()
			p.out.CloseWithError(errBroken) // the next beat fails
			if err := <-p.served; err == nil || err.Error() != "output write: broken" {
				t.Error(err)
			}
		})
	})
	t.Run("done", func(t *testing.T) {
		with(t, visiting(ok), func(p *parent) {
			p.hello()
			p.send(job(1, 2), end())
			p.out.CloseWithError(errBroken)
			if err := <-p.served; err == nil || err.Error() != "output write: broken" {
				t.Error(err)
			}
		})
	})
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
