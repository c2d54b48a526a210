package simulate_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"muster/internal/procfs"
	"muster/internal/simulate"
)

// silence is how long a host that says nothing is listened to.
const silence = 200 * time.Millisecond

type conversation func(t *testing.T, host simulate.Host, config *ssh.ClientConfig)

// conversations show, for each kind of fault, what a client meets.
func conversations() map[simulate.Kind]conversation {
	return map[simulate.Kind]conversation{
		simulate.Refuse:       isRefused,
		simulate.Close:        hears(""),
		simulate.Silent:       hearsAndWaits(""),
		simulate.BannerStall:  hearsAndWaits("SSH-2.0-sto"),
		simulate.BannerDrip:   hearsDrips,
		simulate.NotSSH:       hears("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
		simulate.KexStall:     hearsAndWaits("SSH-2.0-stalled\r\n"),
		simulate.WrongKey:     seesAnotherKey,
		simulate.AuthRefuse:   isNotLetIn,
		simulate.SessionStall: waitsForSession,
		simulate.ExecStall:    waitsForCommand,
		simulate.Exit:         seesStatusSeven,
		simulate.Endless:      isFlooded,
		simulate.Garbage:      cannotParse("This account is currently not available."),
		simulate.Escape:       cannotParse("\x1b]0;owned"),
		simulate.Reset:        isResetMidway,
		simulate.Slow:         waitsTwoSeconds,
		simulate.Poison:       seesPoison,
	}
}

func TestFaults(t *testing.T) {
	for _, latency := range []time.Duration{0, 5 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			t.Parallel()
			config := simulate.Config{Latency: latency, Seed: 3, Poison: true}
			for _, kind := range simulate.Kinds() {
				config.Faults = append(config.Faults, simulate.Fault{Kind: kind, Count: 1})
			}
			config.Hosts = len(config.Faults)
			f := start(t, config)
			client := clientConfig(t, f)
			talk := conversations()
			for _, host := range f.Hosts() {
				t.Run(string(host.Fault), func(t *testing.T) {
					t.Parallel()
					talk[host.Fault](t, host, client)
				})
			}
		})
	}
}

func isRefused(t *testing.T, host simulate.Host, _ *ssh.ClientConfig) {
	conn, err := net.DialTimeout("tcp", host.Label, patience)
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
}

func hears(want string) conversation {
	return func(t *testing.T, host simulate.Host, _ *ssh.ClientConfig) {
		got, err := io.ReadAll(connect(t, host.Label))
		if string(got) != want || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// hearsAndWaits takes part as far as a client can, so that the host cannot be waiting for it.
func hearsAndWaits(want string) conversation {
	return func(t *testing.T, host simulate.Host, _ *ssh.ClientConfig) {
		conn := connect(t, host.Label)
		if _, err := conn.Write([]byte("SSH-2.0-test\r\n")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		conn.SetReadDeadline(time.Now().Add(silence))
		if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("then %d bytes, %v", n, err)
		}
	}
}

// hearsDrips reads what takes more than half a second to come, and begins no version.
func hearsDrips(t *testing.T, host simulate.Host, _ *ssh.ClientConfig) {
	begin := time.Now()
	var got [12]byte
	_, err := io.ReadFull(connect(t, host.Label), got[:])
	if took := time.Since(begin); string(got[:]) != "............" || took < 12*50*time.Millisecond {
		t.Errorf("%q, %v, after %v", got, err, took)
	}
}

func seesAnotherKey(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	_, err := login(t, connect(t, host.Label), config)
	var key *knownhosts.KeyError
	if !errors.As(err, &key) || len(key.Want) != 1 {
		t.Errorf("got %v", err)
	}
}

func isNotLetIn(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	_, err := login(t, connect(t, host.Label), config)
	if err == nil || !strings.Contains(err.Error(), "unable to authenticate, attempted methods [none publickey]") {
		t.Errorf("got %v", err)
	}
}

func waitsForSession(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	conn, client := dial(t, host.Label, config)
	begin := time.Now()
	conn.SetDeadline(begin.Add(silence))
	if _, err := client.NewSession(); err == nil || time.Since(begin) < silence {
		t.Errorf("answered after %v: %v", time.Since(begin), err)
	}
}

func waitsForCommand(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	conn, client := dial(t, host.Label, config)
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	conn.SetDeadline(begin.Add(silence))
	if err := session.Start("true"); err == nil || time.Since(begin) < silence {
		t.Errorf("answered after %v: %v", time.Since(begin), err)
	}
}

func seesStatusSeven(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	_, client := dial(t, host.Label, config)
	_, stderr, err := command(t, client, procfs.Snippet(procfs.NewSentinel()))
	var exit *ssh.ExitError
	if !errors.As(err, &exit) || exit.ExitStatus() != 7 || string(stderr) != "simulated failure\n" {
		t.Errorf("%v, %q", err, stderr)
	}
}

func isFlooded(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	_, client := dial(t, host.Label, config)
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("true"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6<<20)
	if _, err := io.ReadFull(stdout, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.Repeat([]byte("flood\n"), 1<<20)) {
		t.Error("the flood is out of order")
	}
}

func cannotParse(shows string) conversation {
	return func(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
		_, client := dial(t, host.Label, config)
		sentinel := procfs.NewSentinel()
		stdout, _, err := command(t, client, procfs.Snippet(sentinel))
		if err != nil || !bytes.Contains(stdout, []byte(shows)) {
			t.Fatalf("%v, %q", err, stdout)
		}
		if r, err := procfs.Parse(sentinel, stdout, time.Now()); err == nil {
			t.Errorf("parsed as %+v", r)
		}
	}
}

// witness tells of every failure of a connection. Of a reset the system tells one caller only, be it the reader or the
// writer: the other sees the end.
type witness struct {
	net.Conn
	failures chan error
}

func (w witness) Read(b []byte) (int, error)  { return w.tell(w.Conn.Read(b)) }
func (w witness) Write(b []byte) (int, error) { return w.tell(w.Conn.Write(b)) }

func (w witness) tell(n int, err error) (int, error) {
	if err != nil {
		w.failures <- err
	}
	return n, err
}

func isResetMidway(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	conn := witness{connect(t, host.Label), make(chan error, 64)}
	client, err := login(t, conn, config)
	if err != nil {
		t.Fatal(err)
	}
	sentinel := procfs.NewSentinel()
	stdout, _, err := command(t, client, procfs.Snippet(sentinel))
	var missing *ssh.ExitMissingError
	if !errors.As(err, &missing) || !bytes.HasPrefix(stdout, []byte(sentinel)) || bytes.Contains(stdout, []byte(" end\n")) {
		t.Errorf("%v, %q", err, stdout)
	}
	for late := time.After(patience); ; {
		select {
		case err := <-conn.failures:
			if errors.Is(err, syscall.ECONNRESET) {
				return
			}
		case <-late:
			t.Fatal("the connection ended without a reset")
		}
	}
}

func waitsTwoSeconds(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	begin := time.Now()
	got := visit(t, host.Label, config)
	if diff := cmp.Diff(host.Reading, got, sameReading); diff != "" || time.Since(begin) < 2*time.Second {
		t.Errorf("after %v, -want +got: %s", time.Since(begin), diff)
	}
}

func seesPoison(t *testing.T, host simulate.Host, config *ssh.ClientConfig) {
	if got := visit(t, host.Label, config); got.Kernel != "poison" || got.Kernel != host.Reading.Kernel {
		t.Errorf("kernel %q, want %q", got.Kernel, host.Reading.Kernel)
	}
}
