package simulate_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/internal/simulate"
)

func startLines(t *testing.T, latency time.Duration) *simulate.Lines {
	t.Helper()
	lines, err := simulate.StartLines(latency)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lines.Close() })
	return lines
}

func dialLines(t *testing.T, lines *simulate.Lines) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", lines.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestLinesComeBackAfterTheLatency(t *testing.T) {
	const latency = 30 * time.Millisecond
	conn := dialLines(t, startLines(t, latency))
	answers := bufio.NewReader(conn)
	for _, line := range []string{"item1\n", "\n", strings.Repeat("x", 500) + "\n"} {
		began := time.Now()
		io.WriteString(conn, line)
		if answer, err := answers.ReadString('\n'); answer != line || err != nil {
			t.Errorf("%q: %q, %v", line, answer, err)
		}
		if took := time.Since(began); took < latency {
			t.Errorf("%q: after %v", line, took)
		}
	}
}

func TestLinesRefusesWhatIsNone(t *testing.T) {
	conn := dialLines(t, startLines(t, 0))
	io.WriteString(conn, strings.Repeat("x", 4096))
	if answer, err := io.ReadAll(conn); len(answer) > 0 {
		t.Errorf("it said %q, %v", answer, err)
	}
}

// Many clients that come at the same moment are all let in, and wait at the same time.
func TestLinesForManyAtOnce(t *testing.T) {
	const clients, latency = 512, 200 * time.Millisecond
	lines := startLines(t, latency)
	begin := make(chan struct{})
	problems := make(chan error, clients)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			<-begin
			problems <- func() error {
				conn, err := net.Dial("tcp", lines.Address())
				if err != nil {
					return err
				}
				defer conn.Close()
				line := fmt.Sprintf("%d\n", i)
				io.WriteString(conn, line)
				answer := make([]byte, len(line))
				if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != line {
					return fmt.Errorf("%q: %q, %w", line, answer, err)
				}
				return nil
			}()
		})
	}
	began := time.Now()
	close(begin)
	all.Wait()
	if took := time.Since(began); took < latency || took > 50*latency {
		t.Errorf("%d clients took %v", clients, took)
	}
	for range clients {
		if err := <-problems; err != nil {
			t.Error(err)
		}
	}
}

// Close does not wait for those who wait for an answer, nor for those who say nothing.
func TestLinesClose(t *testing.T) {
	lines := startLines(t, time.Hour)
	silent, waiting := dialLines(t, lines), dialLines(t, lines)
	io.WriteString(waiting, "x\n")
	if err := lines.Close(); err != nil {
		t.Error(err)
	}
	for _, conn := range []net.Conn{silent, waiting} {
		if answer, err := io.ReadAll(conn); len(answer) > 0 {
			t.Errorf("it said %q, %v", answer, err)
		}
	}
	if conn, err := net.Dial("tcp", lines.Address()); err == nil {
		conn.Close()
		t.Error("it still listens")
	}
}
