package remote

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// newOpenSSH makes one that reads none of the user's files, and fails the test if it leaves a log behind.
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
	return []string{"-i", server.Identity, "-oUserKnownHostsFile=" + writeTemp(t, server.KnownHosts(server.Addr(0)))}
}

func writeTemp(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpenSSHRun(t *testing.T) {
	noLeak(t)
	server := sshdtest.Start(t, sshdtest.Options{Config: []string{"Banner " + writeTemp(t, forged)}})
	trusted := trusting(t, server)
	stranger, _ := newKey(t)
	_, wrong := newKey(t)
	other := strings.Replace(server.KnownHosts(server.Addr(0)), server.HostKeys[0], strings.TrimSpace(string(ssh.MarshalAuthorizedKey(stranger.PublicKey()))), 1)
	for _, tt := range []struct {
		name, line string
		args       []string // more than trusted
		status     fleet.Status
		phase      fleet.Phase
		code       int
		out, errs  string
		text       string
	}{
		{"both streams", "echo hello; echo oops >&2", nil, fleet.StatusOK, "", 0, "hello\n", "oops\n", ""},
		{"exit 7", "exit 7", nil, fleet.StatusExit, fleet.PhaseExec, 7, "", "", "exit status 7"},
		{"a 255 of the command's own", "echo why >&2; exit 255", nil, fleet.StatusExit, fleet.PhaseExec, 255, "", "why\n", "exit status 255: why"},
		{"signal", "kill -TERM $$", nil, fleet.StatusExit, fleet.PhaseExec, -1, "", "", "ended by signal"},
		{"no terminal", "tty", nil, fleet.StatusExit, fleet.PhaseExec, 1, "not a tty\n", "", ""},
		{"several lines", "true\necho a 'b  c'", nil, fleet.StatusOK, "", 0, "a b  c\n", "", ""},
		{"F34 host key not known", "true", []string{"-oUserKnownHostsFile=/dev/null"}, fleet.StatusHostKey, fleet.PhaseKex, 0, "", "", "No ED25519 host key is known"},
		{"F35 host key changed", "true", []string{"-oUserKnownHostsFile=" + writeTemp(t, other)}, fleet.StatusHostKey, fleet.PhaseKex, 0, "", "", "has changed"},
		{"F13 wrong key", "true", []string{"-i", writeTemp(t, string(wrong))}, fleet.StatusAuth, fleet.PhaseAuth, 0, "", "", "Permission denied"},
		{"no such option", "true", []string{"-oNoSuchOption=1"}, fleet.StatusLocal, fleet.PhaseResolve, 0, "", "", "nosuchoption"},
		{"no such file of options", "true", []string{"-F", "/no/such/file"}, fleet.StatusLocal, fleet.PhaseResolve, 0, "", "", "/no/such/file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append(tt.args, trusted...)
			if tt.status == fleet.StatusAuth {
				args = append(tt.args, trusted[2:]...)
			}
			o := newOpenSSH(t, OpenSSHConfig{Args: args, ConnectTimeout: time.Minute, CommandTimeout: time.Minute, Retries: 3, RetryBudget: 3})
			r := o.Run(context.Background(), realHost(t, server), Command{Line: tt.line, MaxOutput: 1000})
			if r.Status != tt.status || r.Phase != tt.phase || r.ExitCode != tt.code || !strings.Contains(r.Err, tt.text) || r.Attempts != 1 {
				t.Errorf("%+v", r)
			}
			if string(r.Stdout) != tt.out || string(r.Stderr) != tt.errs || len(r.Err) > 256 {
				t.Errorf("%q, %q, %q", r.Stdout, r.Stderr, r.Err)
			}
		})
	}
}
