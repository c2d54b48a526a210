package simulate

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// pipe is a link whose lingering is nobody's business.
type pipe struct{ net.Conn }

func (pipe) SetLinger(int) error { return nil }

// TestLatencyIsForARoundTripNotForAWrite writes four times, half a latency apart, and reads it all in order, each a
// latency after it was written, and at last the end.
func TestLatencyIsForARoundTripNotForAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = 100 * time.Millisecond
		server, client := net.Pipe()
		f := &Fleet{config: Config{Latency: latency}, stopped: make(chan struct{})}
		d := f.delay(pipe{server})
		begin := time.Now()
		f.running.Go(func() {
			for _, word := range []string{"a", "b", "c", "d"} {
				if _, err := d.Write([]byte(word)); err != nil {
					t.Error(err)
				}
				time.Sleep(latency / 2)
			}
			d.flush()
		})
		for i, want := range []string{"a", "b", "c", "d"} {
			var got [1]byte
			if _, err := io.ReadFull(client, got[:]); err != nil || string(got[:]) != want {
				t.Errorf("read %q, %v, want %q", got, err, want)
			}
			if at, due := time.Since(begin), latency+time.Duration(i)*latency/2; at != due {
				t.Errorf("%q came after %v, want %v", want, at, due)
			}
		}
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("after the last: %v", err)
		}
		f.running.Wait()
		if _, err := d.Write([]byte("e")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write after close: %v", err)
		}
	})
}

// TestDelayEndsWithTheFleet leaves what is under way unsent, and refuses what would follow.
func TestDelayEndsWithTheFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		f := &Fleet{config: Config{Latency: time.Hour}, stopped: make(chan struct{})}
		d := f.delay(pipe{server})
		for range delayedWrites {
			d.Write([]byte("x"))
		}
		close(f.stopped)
		begin := time.Now()
		d.flush()
		f.running.Wait()
		if waited := time.Since(begin); waited != 0 {
			t.Errorf("took %v", waited)
		}
		if n, err := client.Read(make([]byte, 1)); err == nil {
			t.Errorf("%d bytes came", n)
		}
	})
}
