package synthetic

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
)

// serving is the address of a server that sends lines back.
func serving(t *testing.T, latency time.Duration) string {
	t.Helper()
	lines, err := simulate.StartLines(latency)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lines.Close() })
	return lines.Address()
}

// refusing is an address that nobody listens on.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().String()
}

// playing is the address of a server that plays with each connection, which ends with the play.
func playing(t *testing.T, play func(*net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				play(conn.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	return l.Addr().String()
}

// hear takes a line of an item.
func hear(conn *net.TCPConn) []byte {
	line := make([]byte, 64)
	n, _ := conn.Read(line)
	return line[:n]
}

// An item takes the latency, and those that are under way at once take it at once.
func TestNetwork(t *testing.T) {
	const items, latency = 64, 200 * time.Millisecond
	job := jobOf(items, "net", serving(t, latency))
	began := time.Now()
	got := does(t, job, items)
	if took := time.Since(began); took > 15*latency {
		t.Errorf("%d items at once took %v", items, took)
	}
	all(t, got, fleet.StatusOK, "")
	for i, o := range got {
		if *o.DurationMS < float64(latency.Milliseconds()) {
			t.Errorf("item %d took %v ms", i, *o.DurationMS)
		}
	}
}

func TestNetworkFailures(t *testing.T) {
	for _, tt := range []struct {
		name    string
		address string
		status  fleet.Status
		phase   fleet.Phase
		text    string
	}{
		{"nobody listens", refusing(t), fleet.StatusRefused, fleet.PhaseConnect, "connection refused"},
		{
			"it is silent", playing(t, func(c *net.TCPConn) { io.Copy(io.Discard, c) }),
			fleet.StatusTimeout, fleet.PhaseExec, "not done within 300ms",
		},
		{"it hangs up", playing(t, func(c *net.TCPConn) { hear(c) }), fleet.StatusClosed, fleet.PhaseExec, "connection closed by the server"},
		{
			"it resets", playing(t, func(c *net.TCPConn) { hear(c); c.SetLinger(0) }),
			fleet.StatusClosed, fleet.PhaseExec, "connection closed by the server",
		},
		{
			"it says something else", playing(t, func(c *net.TCPConn) { c.Write(bytes.ToUpper(hear(c))) }),
			fleet.StatusProtocol, fleet.PhaseExec, `the server said "ITEM0\n"`,
		},
		{
			"it says half", playing(t, func(c *net.TCPConn) { c.Write(hear(c)[:3]) }),
			fleet.StatusClosed, fleet.PhaseExec, "connection closed by the server",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := jobOf(1, "net", tt.address)
			job.TimeoutMS = 300
			got := does(t, job, 1)
			all(t, got, tt.status, tt.phase)
			if got[0].Error != tt.text {
				t.Errorf("%q, want %q", got[0].Error, tt.text)
			}
		})
	}
}

// A time that is up before the connection stands is not the server's.
func TestNetworkConnectTimeout(t *testing.T) {
	job := jobOf(1, "net", serving(t, 0))
	job.ConnectTimeoutMS = 0
	got := does(t, job, 1)
	all(t, got, fleet.StatusTimeout, fleet.PhaseConnect)
	if got[0].Error != "not done within 0s" {
		t.Errorf("%q", got[0].Error)
	}
}

// No port is held after a connection has ended: items that follow one another must not use them up.
func TestNetworkLeavesNoPort(t *testing.T) {
	ended := make(chan error, 1)
	job := jobOf(1, "net", playing(t, func(c *net.TCPConn) {
		c.Write(hear(c))
		_, err := c.Read(make([]byte, 1))
		ended <- err
	}))
	all(t, does(t, job, 1), fleet.StatusOK, "")
	if err := <-ended; err == nil || err == io.EOF {
		t.Errorf("it ended with %v, not with a reset", err)
	}
}
