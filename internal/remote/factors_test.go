package remote

import (
	"context"
	"strings"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
)

const password = "right and long"

// Passwords open real servers by each way that they have, alone and as the second of two factors. A wrong one is sent once, and
// what is wanted and missing is said.
func TestPasswords(t *testing.T) {
	const interactive, plain = fleet.MethodInteractive, fleet.MethodPassword
	open := sshdtest.Start(t, sshdtest.Options{Password: password})
	small := sshdtest.StartDropbear(t, sshdtest.Options{Password: password})
	both := func(first, second string) *sshdtest.Server {
		return sshdtest.Start(t, sshdtest.Options{Password: password, Config: []string{"AuthenticationMethods " + first + "," + second}})
	}
	withPassword, withInteractive, twice := both(fleet.MethodKeys, plain), both(fleet.MethodKeys, interactive), both(plain, interactive)
	for _, tt := range []struct {
		name    string
		server  *sshdtest.Server
		key     bool
		given   string
		methods []string
		status  fleet.Status
		text    string
	}{
		{"OpenSSH password", open, false, password, []string{plain}, fleet.StatusOK, ""},
		{"OpenSSH keyboard-interactive", open, false, password, []string{interactive}, fleet.StatusOK, ""},
		{"OpenSSH whichever", open, false, password, nil, fleet.StatusOK, ""},
		{"OpenSSH key first", open, true, "wrong", nil, fleet.StatusOK, ""},
		{"OpenSSH wrong", open, false, "wrong", nil, fleet.StatusAuth, "the host wants publickey,password,keyboard-interactive; there was no key to offer; the password was refused"},
		{"OpenSSH none", open, false, "", nil, fleet.StatusAuth, "no password is known (--ask-pass)"},
		{"dropbear password", small, false, password, nil, fleet.StatusOK, ""},
		{"dropbear wrong", small, false, "wrong", nil, fleet.StatusAuth, "the host wants publickey,password; there was no key to offer; the password was refused"},
		{"key and password", withPassword, true, password, nil, fleet.StatusOK, ""},
		{"key and wrong password", withPassword, true, "wrong", nil, fleet.StatusAuth, "the host wants password; publickey was accepted; the password was refused"},
		{"key and keyboard-interactive", withInteractive, true, password, nil, fleet.StatusOK, ""},
		{"key and no password", withInteractive, true, "", nil, fleet.StatusAuth, "the host wants keyboard-interactive; publickey was accepted; no password is known (--ask-pass)"},
		{"password twice", twice, false, password, nil, fleet.StatusOK, ""},
		{"keys are not tried", open, true, "", []string{plain}, fleet.StatusAuth, "no password is known"},
		{"password without the key", withPassword, false, password, nil, fleet.StatusAuth, "the host wants publickey; there was no key to offer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := strings.Count(tt.server.Log(), "ailed password")
			l := fleet.Login{Methods: tt.methods}
			cfg := Config{Password: fleet.Secret(tt.given), ConnectTimeout: time.Minute, CommandTimeout: time.Minute}
			if tt.key {
				cfg.Identities, l.Offers = identities(identity(t, tt.server)), []int{0}
			}
			cfg.Logins = []fleet.Login{l}
			r := newSSH(t, cfg).Run(context.Background(), realHost(t, tt.server, "ed25519"), Command{Line: "true"})
			if r.Status != tt.status || !strings.Contains(r.Err, tt.text) || r.Attempts != 1 {
				t.Errorf("%+v", r)
			}
			if strings.Contains(r.Err, tt.given) && tt.given != "" {
				t.Errorf("the password stands in %q", r.Err)
			}
			if n := strings.Count(tt.server.Log(), "ailed password") - before; n > 1 {
				t.Errorf("a wrong password was sent %d times", n)
			}
		})
	}
}
