package remote

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// newOpenSSH makes one that reads no configuration but the test's, and fails the test if it leaves a log behind.
func newOpenSSH(t *testing.T, cfg OpenSSHConfig) *OpenSSH {
	t.Helper()
	cfg.Program = tier.Needs(t, "ssh")
	cfg.Args = append([]string{"-F", "none", "-oStrictHostKeyChecking=yes", "-oGlobalKnownHostsFile=none", "-oIdentityAgent=none"}, cfg.Args...)
	cfg.Logs = "muster-test-*.log"
	t.Setenv("TMPDIR", t.TempDir())
	o, err := NewOpenSSH(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		o.Close()
		if left, err := os.ReadDir(os.TempDir()); len(left) > 0 || err != nil {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	return o
}

// trusting are the options for a server whose key is known, and which knows ours.
func trusting(t *testing.T, server *sshdtest.Server) []string {
	t.Helper()
	known := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(known, []byte(server.KnownHosts(server.Addr(0))), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"-i", server.Identity, "-oUserKnownHostsFile=" + known}
}

func TestOpenSSHProgram(t *testing.T) {
	noLeak(t)
	server := sshdtest.Start(t, sshdtest.Options{})
	o := newOpenSSH(t, OpenSSHConfig{Args: trusting(t, server), ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	for _, tt := range []struct {
		line   string
		status fleet.Status
		code   int
		out    string
		text   string
	}{
		{"echo hello; echo oops >&2", fleet.StatusOK, 0, "hello\n", ""},
		{"exit 7", fleet.StatusExit, 7, "", "exit status 7"},
		{"echo why >&2; exit 255", fleet.StatusExit, 255, "", "exit status 255: why"},
		{"kill -TERM $$", fleet.StatusExit, -1, "", "ended by signal unknown"},
		{"tty", fleet.StatusExit, 1, "not a tty\n", ""},
	} {
		r := o.Run(context.Background(), realHost(t, server), Command{Line: tt.line, MaxOutput: 1000})
		t.Logf("%+v", r)
		if r.Status != tt.status || r.ExitCode != tt.code || string(r.Stdout) != tt.out {
			t.Errorf("%s: %+v", tt.line, r)
		}
	}
}
