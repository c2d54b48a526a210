package sshconf

import (
	"slices"
	"testing"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/sshconf/config"
)

// What keys may sign with is for certificates too, as ssh_config names them: those that it does not name are not used.
func TestKeyAlgorithmsOfCertificates(t *testing.T) {
	for _, tt := range []struct {
		text             string
		key, certificate bool // may sign, of type ed25519
	}{
		{"-ssh-ed25519", false, true},
		{"-ssh-ed25519*", false, false},
		{"ssh-ed25519", true, false},
		{"*-cert-v01@openssh.com", false, true},
	} {
		got := NewRoutes(Options{}).wish(config.Settings{PubkeyAcceptedAlgorithms: tt.text}).login.KeyAlgorithms
		if slices.Contains(got, ssh.KeyAlgoED25519) != tt.key || slices.Contains(got, ssh.CertAlgoED25519v01) != tt.certificate {
			t.Errorf("%s: %q", tt.text, got)
		}
	}
	if got := NewRoutes(Options{}).wish(config.Settings{PubkeyAcceptedAlgorithms: "+ssh-rsa"}).login.KeyAlgorithms; got != nil {
		t.Errorf("%q: all are usual", got)
	}
	if got := NewRoutes(Options{}).wish(config.Settings{PubkeyAcceptedAlgorithms: "sk-*"}).login.KeyAlgorithms; !slices.Contains(got, ssh.CertAlgoSKED25519v01) {
		t.Errorf("%q", got)
	}
}

// Nobody is asked for the passphrase of a key that no host is offered.
func TestNoKeysNoPassphrase(t *testing.T) {
	d := newDesk(t)
	d.locked("id_ecdsa")
	r := NewRoutes(Options{Home: d.home})
	r.logins.add(r.wish(config.Settings{NoPubkeyAuthentication: true}))
	ready, err := r.Prepare(nil, d.ask)
	if err != nil || len(d.asked) != 0 || len(ready.Notes) != 0 || len(ready.Logins) != 1 || slices.Contains(ready.Logins[0].Methods, fleet.MethodKeys) {
		t.Errorf("%+v, asked %q, %v", ready, d.asked, err)
	}
}

// Where hosts are logged in to from elsewhere there is no agent, whoever names one.
func TestNoAgent(t *testing.T) {
	for _, none := range []bool{false, true} {
		routes := NewRoutes(Options{Agent: "/run/agent", NoAgent: none})
		for named, want := range map[string]string{"": "/run/agent", "/run/other": "/run/other", "none": ""} {
			if none {
				want = ""
			}
			if got := routes.wish(config.Settings{IdentityAgent: named}).keys.Agent; got != want {
				t.Errorf("no agent: %v, IdentityAgent %q: %q", none, named, got)
			}
		}
	}
}
