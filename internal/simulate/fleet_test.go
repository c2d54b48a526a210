package simulate_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/procfs"
	"muster/internal/simulate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sameReading compares what a visit measures exactly: all but the clock.
var sameReading = cmpopts.IgnoreFields(fleet.Reading{}, "ClockOffsetMS")

func visit(t *testing.T, label string, config *ssh.ClientConfig) fleet.Reading {
	t.Helper()
	_, client := dial(t, label, config)
	sentinel := procfs.NewSentinel()
	stdout, stderr, err := command(t, client, procfs.Snippet(sentinel))
	if err != nil || len(stderr) > 0 {
		t.Fatalf("%v: %s", err, stderr)
	}
	r, err := procfs.Parse(sentinel, stdout, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHealthyHostsAnswerTheirReadings(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 40, Seed: 7})
	config := clientConfig(t, f)
	for _, host := range f.Hosts() {
		got := visit(t, host.Label, config)
		if diff := cmp.Diff(host.Reading, got, sameReading); diff != "" {
			t.Errorf("%s: -want +got: %s", host.Label, diff)
		}
		if off := *got.ClockOffsetMS - *host.Reading.ClockOffsetMS; off < -2000 || off > 2000 {
			t.Errorf("%s: clock %v ms off, want %v", host.Label, *got.ClockOffsetMS, *host.Reading.ClockOffsetMS)
		}
	}
}

// TestLatency holds that a visit takes no less than its round trips: version, key exchange, log-in, session, command.
func TestLatency(t *testing.T) {
	const latency = 25 * time.Millisecond
	f := start(t, simulate.Config{Hosts: 1, Latency: latency, Seed: 9})
	config, host := clientConfig(t, f), f.Hosts()[0]
	begin := time.Now()
	got := visit(t, host.Label, config)
	if diff := cmp.Diff(host.Reading, got, sameReading); diff != "" || time.Since(begin) < 5*latency {
		t.Errorf("after %v, -want +got: %s", time.Since(begin), diff)
	}
}

func TestOnlyTheClientsKeyIsLetIn(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 1})
	config := clientConfig(t, start(t, simulate.Config{Hosts: 1}))
	config.HostKeyCallback = ssh.InsecureIgnoreHostKey()
	if _, err := login(t, connect(t, f.Hosts()[0].Label), config); err == nil {
		t.Error("another fleet's key was let in")
	}
}

func TestCommandsOfOtherTools(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 1, Seed: 11})
	host := f.Hosts()[0]
	_, client := dial(t, host.Label, clientConfig(t, f))
	stdout, _, err := command(t, client, "cat /proc/loadavg /proc/meminfo")
	if want := procfs.Loadavg(host.Reading) + procfs.Meminfo(host.Reading); err != nil || string(stdout) != want {
		t.Errorf("%v, %q, want %q", err, stdout, want)
	}
	_, stderr, err := command(t, client, "reboot")
	var exit *ssh.ExitError
	if !errors.As(err, &exit) || exit.ExitStatus() != 127 || string(stderr) != "sh: reboot: not found\n" {
		t.Errorf("%v, %q", err, stderr)
	}
}

// Tools that ask for a terminal first get what the command prints all the same.
func TestTerminalIsGranted(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 1})
	_, client := dial(t, f.Hosts()[0].Label, clientConfig(t, f))
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.RequestPty("xterm", 24, 80, ssh.TerminalModes{}); err != nil {
		t.Fatal(err)
	}
	if out, err := session.Output("echo hello"); err != nil || string(out) != "hello\n" {
		t.Errorf("%v, %q", err, out)
	}
}

// TestManyHosts visits the first and the last of many, and some in between at once.
func TestManyHosts(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 2000, Seed: 5})
	config, hosts := clientConfig(t, f), f.Hosts()
	seen := map[string]bool{}
	for _, host := range hosts {
		seen[host.Label] = true
	}
	if len(seen) != 2000 {
		t.Errorf("%d labels", len(seen))
	}
	for _, i := range []int{0, 253, 254, 1999} {
		t.Run(hosts[i].Label, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(hosts[i].Reading, visit(t, hosts[i].Label, config), sameReading); diff != "" {
				t.Errorf("-want +got: %s", diff)
			}
		})
	}
}

// TestNobodyElseIsAnswered calls on the other addresses of this machine, and on those of 127/8 that are no host's.
func TestNobodyElseIsAnswered(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 2})
	_, port, err := net.SplitHostPort(f.Hosts()[0].Label)
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	others := []string{"127.9.9.9"}
	for _, address := range addresses {
		if ip := address.(*net.IPNet).IP; !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			others = append(others, ip.String())
		}
	}
	for _, ip := range others {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip, port), patience)
		if err != nil {
			continue
		}
		conn.SetDeadline(time.Now().Add(patience))
		if got, err := io.ReadAll(conn); len(got) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s heard %q, %v", ip, got, err)
		}
		conn.Close()
	}
}

// TestCloseCutsOffEveryConversation closes a fleet while hosts of every kind are talked to. That no goroutine is left
// is seen to by TestMain.
func TestCloseCutsOffEveryConversation(t *testing.T) {
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		config := simulate.Config{Latency: latency, Poison: true}
		for _, kind := range simulate.Kinds() {
			if kind != simulate.Refuse {
				config.Faults = append(config.Faults, simulate.Fault{Kind: kind, Count: 1})
			}
		}
		config.Hosts = len(config.Faults) + 1
		f := start(t, config)
		client := clientConfig(t, f)
		begin := time.Now()
		var talks sync.WaitGroup
		for _, host := range f.Hosts() {
			conn := connect(t, host.Label)
			talks.Go(func() {
				if client, err := login(t, conn, client); err == nil {
					if session, err := client.NewSession(); err == nil {
						session.Run("true")
					}
				}
				io.Copy(io.Discard, conn)
			})
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		talks.Wait()
		if time.Since(begin) >= patience {
			t.Error("a client gave up before it was cut off")
		}
		for _, host := range f.Hosts() {
			if conn, err := net.DialTimeout("tcp", host.Label, patience); err == nil {
				conn.Close()
				t.Errorf("%s still accepts", host.Label)
			}
		}
		if err := f.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	for _, config := range []simulate.Config{
		{},
		{Hosts: simulate.MaxHosts + 1},
		{Hosts: 3, Faults: []simulate.Fault{{Kind: simulate.Poison, Count: 1}}},
		{Hosts: 3, Faults: []simulate.Fault{{Kind: simulate.Slow, Count: 4}}},
	} {
		if f, err := simulate.Start(config); err == nil {
			f.Close()
			t.Errorf("%+v was accepted", config)
		}
	}
}

func TestWriteDir(t *testing.T) {
	f := start(t, simulate.Config{Hosts: 3, Faults: []simulate.Fault{{Kind: simulate.Refuse, Count: 1}}})
	dir := t.TempDir()
	if err := f.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	var want string
	for _, host := range f.Hosts() {
		want += host.Label + "\n"
	}
	if got, err := os.ReadFile(filepath.Join(dir, "hosts")); err != nil || string(got) != want {
		t.Errorf("%v, %q, want %q", err, got, want)
	}
	if info, err := os.Stat(filepath.Join(dir, "id")); err != nil || info.Mode() != 0o600 {
		t.Errorf("id: %v, %v", info, err)
	}
	if err := f.WriteDir(filepath.Join(dir, "missing")); err == nil {
		t.Error("a directory that is not there was written to")
	}
}

func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		f, err := simulate.Start(simulate.Config{Hosts: 10_000})
		if err != nil {
			b.Fatal(err)
		}
		if err := f.WriteDir(dir); err != nil {
			b.Fatal(err)
		}
		f.Hosts()
		f.Close()
	}
}
