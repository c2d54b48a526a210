package remote

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// A real sshd as jump host, and what it says of hosts that it does not reach.
func TestSSHDAsJumpHost(t *testing.T) {
	noLeak(t)
	server := sshdtest.Start(t, sshdtest.Options{Addresses: 2})
	own := Config{Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute, Handshakes: 4}
	hop := realHost(t, server, "ed25519")
	hop.Label = "hop"
	second := hop
	second.Name, second.Label = server.Addr(1), "second"
	none, _ := serve(t, hang)
	none.User, none.Shared = hop.User, hop.Shared
	nowhere := none
	nowhere.Name = "name.invalid"
	closed := hop
	closed.Port = 1
	s := newSSH(t, own)
	for name, tt := range map[string]struct {
		host   fleet.Host
		status fleet.Status
		phase  fleet.Phase
	}{
		"ok":      {behind(hop, hop), fleet.StatusOK, ""},
		"two":     {behind(hop, hop, second), fleet.StatusOK, ""},
		"refused": {behind(closed, hop), fleet.StatusRefused, fleet.PhaseConnect},
		"resolve": {behind(nowhere, hop), fleet.StatusResolve, fleet.PhaseResolve},
	} {
		if r := s.Run(context.Background(), tt.host, Command{Line: "true", MaxOutput: 100}); r.Status != tt.status || r.Phase != tt.phase || r.Hop != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	hasty := own
	hasty.ConnectTimeout = testTimeout
	r := newSSH(t, hasty).Run(context.Background(), behind(none, hop), Command{Line: "true"})
	if r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseBanner || r.Hop != "" {
		t.Errorf("silent: %+v", r)
	}

	forbids := sshdtest.Start(t, sshdtest.Options{Config: []string{"AllowTcpForwarding no"}})
	own.Identities = identities(identity(t, forbids))
	hop = realHost(t, forbids, "ed25519")
	hop.Label = "hop"
	results := runAll(newSSH(t, own), behind(hop, hop), 3)
	allAre(t, results, fleet.StatusUnreachable, fleet.PhaseConnect, "hop")
	t.Log(results[0].Err)
}

// F12: many hosts behind a bastion are all the one sshd that is the bastion, and that turns away whoever is the eleventh to log
// in at a time. All are ok, with two workers as they are by default.
func TestF12OpenSSHBastion(t *testing.T) {
	server := sshdtest.Start(t, sshdtest.Options{Config: []string{"MaxStartups 10:100:10"}})
	cfg := Config{
		Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: 30 * time.Second, CommandTimeout: time.Minute,
		Retries: 2, RetryBudget: 50, Handshakes: 4,
	}
	hop := realHost(t, server, "ed25519")
	hop.Label = "bastion"
	var workers sync.WaitGroup
	for range 2 {
		s := newSSH(t, cfg)
		workers.Go(func() {
			results := runAll(s, behind(hop, hop), tier.Times(20, 50, 50))
			allAre(t, results, fleet.StatusOK, "", "")
			attempts := 0
			for _, r := range results {
				attempts += r.Attempts
			}
			t.Logf("%d hosts, %d attempts", len(results), attempts)
		})
	}
	workers.Wait()
}

// The system's ssh as proxy command, through a real sshd.
func TestOpenSSHProxy(t *testing.T) {
	noLeak(t)
	ssh := tier.Needs(t, "ssh")
	t.Setenv("SHELL", "/bin/sh")
	server := sshdtest.Start(t, sshdtest.Options{})
	known := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(known, []byte(server.KnownHosts(server.Addr(0))), 0o600); err != nil {
		t.Fatal(err)
	}
	h := realHost(t, server, "ed25519")
	to := func(port int) string {
		return fmt.Sprintf("%s -F none -i %s -o UserKnownHostsFile=%s -p %d -W %s:%d %s@%s", ssh, server.Identity, known, h.Port, h.Name, port, h.User, h.Name)
	}
	s := newSSH(t, Config{Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute})
	w := h.Way()
	w.Proxy = to(h.Port)
	if r := s.Run(context.Background(), h.Along(w), Command{Line: "echo hello", MaxOutput: 100}); r.Status != fleet.StatusOK || string(r.Stdout) != "hello\n" {
		t.Errorf("%+v", r)
	}
	w.Proxy = to(1)
	r := s.Run(context.Background(), h.Along(w), Command{Line: "true"})
	if r.Status != fleet.StatusUnreachable || r.Phase != fleet.PhaseConnect {
		t.Errorf("%+v", r)
	}
	t.Log(r.Err)
}
