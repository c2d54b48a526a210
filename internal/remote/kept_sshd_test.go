package remote

import (
	"context"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

// Real servers run one command after the other on a connection, also behind each other, and after one that failed.
func TestSSHDIsKept(t *testing.T) {
	noLeak(t)
	open, small := sshdtest.Start(t, sshdtest.Options{}), sshdtest.StartDropbear(t, sshdtest.Options{})
	for name, server := range map[string]*sshdtest.Server{"sshd": open, "dropbear": small} {
		s := newSSH(t, Config{
			Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute, Keep: 2,
		})
		h := realHost(t, server, "ed25519")
		hop := h
		hop.Label = "hop"
		for way, h := range map[string]fleet.Host{"itself": h, "behind itself": behind(h, hop)} {
			for visit := range 5 {
				line, want := "echo $((6*7))", fleet.StatusOK
				if visit == 2 {
					line, want = "echo 42; exit 3", fleet.StatusExit
				}
				r := s.Run(context.Background(), h, Command{Line: line, MaxOutput: 100})
				kept := visit > 0
				if r.Status != want || string(r.Stdout) != "42\n" || kept != (r.Attempts == 0) {
					t.Errorf("%s, %s, visit %d: %+v", name, way, visit, r)
				}
			}
		}
	}
}
