package remote

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/internal/child"
	"muster/internal/fleet"
	"muster/internal/tier"
)

// through puts a command before a host that connects to it.
func through(t testing.TB, h fleet.Host) fleet.Host {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := h.Way()
	w.Proxy = "'" + self + "' forward " + h.DialAddress()
	return h.Along(w)
}

func TestProxy(t *testing.T) {
	noLeak(t)
	t.Setenv("SHELL", "/bin/sh")
	h, connections := fakeHost{}.serve(t)
	s := newSSH(t, Config{ConnectTimeout: time.Minute, Handshakes: 4})
	allAre(t, runAll(s, through(t, h), 5), fleet.StatusOK, "", "")
	hop, count := fakeHost{}.fakeJump(t, "hop")
	allAre(t, runAll(s, behind(h, through(t, hop)), 5), fleet.StatusOK, "", "")
	if count() != 1 || connections() != 10 {
		t.Errorf("%d connections to the jump host, %d to the host", count(), connections())
	}
}

// nap is how long commands sleep, which is no other test's, and tells their processes.
func nap() string { return fmt.Sprintf("1%06d.%06d", rand.N(1000000), rand.N(1000000)) }

// naps counts the processes that sleep for a nap, or are to.
func naps(t *testing.T, nap string) (n int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if line, _ := os.ReadFile(file); bytes.Contains(line, []byte(nap)) {
			n++
		}
	}
	return n
}

// However a proxy command ends, or does not, the visit says so, and all of its processes are gone with it.
func TestProxyFaults(t *testing.T) {
	noLeak(t)
	t.Setenv("SHELL", "/bin/sh")
	for _, tt := range []struct {
		name, script string // $0 is how long to sleep
		attempts     int
		status       fleet.Status
		phase        fleet.Phase
		text         string
	}{
		{"fails", "echo boom >&2; echo more >&2; exit 7", 1, fleet.StatusUnreachable, fleet.PhaseConnect, "proxy command: exit status 7: boom"},
		{"fails a little later", "exec >&-; sleep 0.1; exit 7", 1, fleet.StatusUnreachable, fleet.PhaseConnect, "proxy command: exit status 7"},
		{"is none", "exec /no/such/command", 1, fleet.StatusUnreachable, fleet.PhaseConnect, "exit status 127"},
		{"is turned away", "echo kex_exchange_identification: Connection closed by remote host >&2; exit 255", 2, fleet.StatusUnreachable, fleet.PhaseConnect, "Connection closed by remote host"},
		{"ends", "exit 0", 2, fleet.StatusClosed, fleet.PhaseBanner, "closed"},
		{"closes its output", "exec >&-; sleep $0", 2, fleet.StatusClosed, fleet.PhaseBanner, "closed"},
		{"is no connection", "echo hello", 1, fleet.StatusProtocol, fleet.PhaseBanner, "not SSH"},
		{"fails in the key exchange", "echo SSH-2.0-x; echo boom >&2; exit 3", 2, fleet.StatusClosed, fleet.PhaseKex, "proxy command: exit status 3: boom"},
		{"hangs", "echo why >&2; sleep $0", 1, fleet.StatusTimeout, fleet.PhaseBanner, "not done within 1s: why"},
		{"hangs in the key exchange", "echo SSH-2.0-x; sleep $0", 1, fleet.StatusTimeout, fleet.PhaseKex, "not done within 1s"},
		{"is deaf", "trap '' TERM HUP INT; sleep $0; sleep $0", 1, fleet.StatusTimeout, fleet.PhaseBanner, "not done within 1s"},
		{"floods", "yes >&2; sleep $0", 1, fleet.StatusTimeout, fleet.PhaseBanner, "not done within 1s: y"},
		{"leaves children", "sleep $0 & setsid sleep $0 & setsid sh -c 'sleep $0 & sleep $0' $0 & exit 7", 1, fleet.StatusUnreachable, fleet.PhaseConnect, "exit status 7"},
		{"hangs with children", "sleep $0 & setsid sleep $0 & sleep $0", 1, fleet.StatusTimeout, fleet.PhaseBanner, "not done within 1s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tt.script, "setsid") { // strays end with the last that may have left them
				t.Parallel()
			}
			nap := nap()
			s := newSSH(t, Config{ConnectTimeout: time.Minute, Retries: 1, RetryBudget: 1})
			if tt.status == fleet.StatusTimeout {
				s = newSSH(t, Config{ConnectTimeout: testTimeout, Retries: 1, RetryBudget: 1})
			}
			h := fleet.Host{Name: "host"}.Along(fleet.Way{Proxy: "sh -c " + Quote(tt.script) + " " + nap})
			began := time.Now()
			r := s.Run(context.Background(), h, Command{Line: "x"})
			took := time.Since(began)
			if r.Status != tt.status || r.Phase != tt.phase || !strings.Contains(r.Err, tt.text) || r.Attempts != tt.attempts {
				t.Errorf("%+v, want %s/%s %q after %d attempts", r, tt.status, tt.phase, tt.text, tt.attempts)
			}
			if tt.status == fleet.StatusTimeout && (took < testTimeout || took > testTimeout+2*time.Second) {
				t.Errorf("took %v", took)
			}
			if n := naps(t, nap); n > 0 {
				t.Errorf("%d processes left", n)
			}
		})
	}
}

// A visit that is stopped ends its proxy command.
func TestProxyCancel(t *testing.T) {
	noLeak(t)
	needsProc(t)
	nap := nap()
	ctx, cancel := context.WithCancel(context.Background())
	s := newSSH(t, Config{})
	var visit sync.WaitGroup
	visit.Go(func() {
		r := s.Run(ctx, fleet.Host{Name: "host"}.Along(fleet.Way{Proxy: "sleep " + nap}), Command{Line: "x"})
		if r.Status != fleet.StatusCanceled || naps(t, nap) > 0 {
			t.Errorf("%d processes left, %+v", naps(t, nap), r)
		}
	})
	eventually(t, "a process", func() bool { return naps(t, nap) > 0 })
	cancel()
	visit.Wait()
}

// needsProc ends a test that must see processes.
func needsProc(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/proc/self"); err != nil {
		tier.Lacks(t, "no /proc")
	}
}

// When the worker is killed, so are its proxy commands and all that they left.
func TestF45ProxyOfKilledWorker(t *testing.T) {
	needsProc(t)
	if err := child.Adopt(); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	nap := nap()
	worker, err := child.Start(child.Spec{
		Path: self, Args: []string{"visit", "sh -c 'sleep $0 & setsid sleep $0 & setsid sh -c \"sleep $0 & sleep $0\" $0 & sleep $0' " + nap},
		Env: append(os.Environ(), "SHELL=/bin/sh"), HasChildren: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "all processes", func() bool { return naps(t, nap) >= 8 })
	worker.Kill()
	if exit := worker.Wait(); exit.Signal != "SIGKILL" {
		t.Errorf("%v", exit)
	}
	eventually(t, "all are gone", func() bool { return naps(t, nap) == 0 })
}
