package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// way is how a host is reached, by the words of an ssh_config and of the command line. In both, {dir} is a directory of its
// own, {addr} and {near} two addresses of the server, {port}, {user}, {key} its port, user and key file, {pub} its host key.
type way struct {
	name   string
	config string
	known  string   // {dir}/known_hosts
	args   []string // more of them
	host   string   // empty: web
	status fleet.Status
	hop    string
	said   string // in the error, or in a warning
	noted  string // in known_hosts, afterwards
}

const (
	blockWeb  = "Host web\n HostName {addr}\n Port {port}\n User {user}\n IdentityFile {key}\n UserKnownHostsFile {dir}/known_hosts\n"
	blockNear = "Host near\n HostName {near}\n Port {port}\n User {user}\n IdentityFile {key}\n UserKnownHostsFile {dir}/known_hosts\n"
	knownWeb  = "[{addr}]:{port} {pub}\n"
	knownNear = "[{near}]:{port} {pub}\n"
)

var ways = []way{
	{name: "HostName, Port, User, IdentityFile", config: blockWeb, known: knownWeb, status: fleet.StatusOK},
	{name: "capitals", config: strings.Replace(blockWeb, "web", "WEB", 1), known: knownWeb, host: "WEB", status: fleet.StatusOK},
	{
		name: "flags win", config: "Host web\n HostName {addr}\n Port 1\n User nobody\n IdentityFile /none\n UserKnownHostsFile /none\n StrictHostKeyChecking no\n", known: knownWeb,
		args: []string{"-l", "{user}", "-p", "{port}", "-i", "{key}", "--known-hosts", "{dir}/known_hosts", "--host-key", "strict"}, status: fleet.StatusOK,
	},
	{name: "Include and Match", config: "Include {dir}/more\nMatch originalhost web user {user}\n IdentityFile {key}\n", status: fleet.StatusOK, known: knownWeb},
	{name: "Match final", config: strings.Replace(blockWeb, " IdentityFile {key}\n", "", 1) + "Match final host {addr}\n IdentityFile {key}\n", known: knownWeb, status: fleet.StatusOK},
	{name: "Match exec", config: "Match exec \"test %h = web\"\n" + strings.Replace(blockWeb, "Host web\n", "", 1), known: knownWeb, status: fleet.StatusOK, said: "Match exec is evaluated by ssh -G"},
	{name: "HostKeyAlias", config: blockWeb + " HostKeyAlias fleet\n", known: "fleet {pub}\n", status: fleet.StatusOK},
	{name: "HostKeyAlias is not the name", config: blockWeb + " HostKeyAlias fleet\n", known: knownWeb, status: fleet.StatusHostKey, said: "not known"},
	{name: "several files of known hosts", config: strings.Replace(blockWeb, "{dir}/known_hosts", "/none {dir}/known_hosts", 1), known: knownWeb, status: fleet.StatusOK},
	{name: "GlobalKnownHostsFile", config: strings.Replace(blockWeb, "UserKnownHostsFile", "GlobalKnownHostsFile", 1), known: knownWeb, status: fleet.StatusOK},
	{name: "unknown key", config: blockWeb, status: fleet.StatusHostKey, said: "not known"},
	{name: "StrictHostKeyChecking accept-new", config: blockWeb + " StrictHostKeyChecking accept-new\n", status: fleet.StatusOK},
	{name: "StrictHostKeyChecking no", config: blockWeb + " StrictHostKeyChecking no\n", status: fleet.StatusOK, said: "host keys are not verified"},
	{name: "RevokedHostKeys", config: blockWeb + " RevokedHostKeys {dir}/revoked\n", known: knownWeb, status: fleet.StatusHostKey, said: "revoked"},
	{name: "HostKeyAlgorithms that it lacks", config: blockWeb + " HostKeyAlgorithms ecdsa-sha2-nistp521\n", known: knownWeb, status: fleet.StatusProtocol},
	{name: "KexAlgorithms, Ciphers, MACs", config: blockWeb + " KexAlgorithms curve25519-sha256\n Ciphers aes*-ctr\n MACs hmac-sha2-256\n", known: knownWeb, status: fleet.StatusOK},
	{name: "KexAlgorithms of which none is spoken", config: blockWeb + " KexAlgorithms diffie-hellman-group1-sha1\n", known: knownWeb, status: fleet.StatusProtocol, said: "spoken here"},
	{name: "Ciphers of which none is spoken", config: blockWeb + " Ciphers 3des-cbc\n", known: knownWeb, status: fleet.StatusProtocol, said: "spoken here"},
	{name: "jump host under two names", config: blockWeb + " ProxyJump {user}@near\n" + blockNear + " ProxyJump none\n", known: knownWeb + knownNear, status: fleet.StatusOK},
	{name: "HashKnownHosts", config: blockWeb + " HashKnownHosts yes\n StrictHostKeyChecking accept-new\n", status: fleet.StatusOK, noted: "|1|"},
	{name: "PubkeyAuthentication no", config: blockWeb + " PubkeyAuthentication no\n", known: knownWeb, status: fleet.StatusAuth},
	{name: "IdentitiesOnly", config: blockWeb + " IdentitiesOnly yes\n", known: knownWeb, status: fleet.StatusOK},
	{name: "AddressFamily inet6", config: blockWeb + " AddressFamily inet6\n", known: knownWeb, status: fleet.StatusResolve},
	{name: "BindAddress", config: blockWeb + " BindAddress 127.0.0.9\n", known: knownWeb, status: fleet.StatusOK},
	{name: "ProxyJump", config: blockWeb + " ProxyJump near\n" + blockNear, known: knownWeb + knownNear, status: fleet.StatusOK},
	{name: "ProxyJump of another user", config: blockWeb + " ProxyJump nobody@near\n" + blockNear, known: knownWeb + knownNear, status: fleet.StatusAuth, hop: "nobody@near"},
	{name: "ProxyJump none", config: blockWeb + " ProxyJump none\nHost *\n ProxyJump /none\n", known: knownWeb, status: fleet.StatusOK},
	{name: "jump host of unknown key", config: blockWeb + " ProxyJump near\n" + blockNear, known: knownWeb, status: fleet.StatusHostKey, hop: "near", said: "not known"},
	{name: "host of unknown key behind a jump host", config: blockWeb + " ProxyJump near\n" + blockNear, known: knownNear, status: fleet.StatusHostKey, said: "not known"},
	{name: "-J", config: blockWeb + blockNear, known: knownWeb + knownNear, args: []string{"-J", "near"}, status: fleet.StatusOK},
	{name: "-J and the jump host itself", config: blockWeb + blockNear, known: knownWeb + knownNear, args: []string{"-J", "near"}, host: "near", status: fleet.StatusOK},
	{name: "ProxyJump for all, the jump host too", config: blockWeb + blockNear + "Host *\n ProxyJump near\n", known: knownWeb + knownNear, status: fleet.StatusOK},
	{name: "ProxyCommand", config: blockWeb + " ProxyCommand ssh -F {dir}/config -W %h:%p near\n" + blockNear, known: knownWeb + knownNear, status: fleet.StatusOK},
	{name: "ProxyCommand that fails", config: blockWeb + " ProxyCommand sh -c 'echo no way >&2; exit 7'\n", known: knownWeb, status: fleet.StatusUnreachable, said: "exit status 7: no way"},
	{name: "--kex fast", config: blockWeb, known: knownWeb, args: []string{"--kex", "fast"}, status: fleet.StatusOK},
	{name: "--rate", config: blockWeb, known: knownWeb, args: []string{"--rate", "100"}, status: fleet.StatusOK},
	{name: "--transport openssh", config: blockWeb, known: knownWeb, args: []string{"--transport", "openssh"}, status: fleet.StatusOK},
	{name: "--transport openssh, ProxyJump", config: blockWeb + " ProxyJump near\n" + blockNear, known: knownWeb + knownNear, args: []string{"--transport", "openssh"}, status: fleet.StatusOK},
	{name: "inventory", known: knownWeb, host: "plain", args: []string{"--inventory", "{dir}/inventory", "-i", "{key}", "--known-hosts", "{dir}/known_hosts"}, status: fleet.StatusOK},
	{name: "inventory, ssh_config of its ansible_host", config: blockWeb + " ProxyJump near\n" + blockNear, known: knownWeb + knownNear, host: "alias", args: []string{"--inventory", "{dir}/inventory"}, status: fleet.StatusOK},
	{name: "inventory, --transport openssh", config: blockWeb, known: knownWeb, host: "alias", args: []string{"--inventory", "{dir}/inventory", "--transport", "openssh"}, status: fleet.StatusOK},
	{name: "--transport openssh, unknown key", config: blockWeb, args: []string{"--transport", "openssh"}, status: fleet.StatusHostKey},
}

// Whoever can ssh to a host can muster it, by the same file and the same flags, and where ssh refuses, so do we.
func TestWays(t *testing.T) {
	tier.Needs(t, "ssh")
	for name, start := range map[string]func(testing.TB, sshdtest.Options) *sshdtest.Server{
		"OpenSSH": sshdtest.Start, "dropbear": sshdtest.StartDropbear,
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, sshdtest.Options{Addresses: 2})
			for _, w := range ways {
				t.Run(w.name, func(t *testing.T) { w.try(t, server) })
			}
		})
	}
}

func (w way) try(t *testing.T, server *sshdtest.Server) {
	dir := t.TempDir()
	fill := strings.NewReplacer(
		"{dir}", dir, "{addr}", server.Addr(0), "{near}", server.Addr(1), "{port}", fmt.Sprint(server.Port), "{user}", server.User,
		"{key}", server.Identity, "{pub}", server.HostKeys[0],
	)
	for name, text := range map[string]string{
		"config": w.config, "known_hosts": w.known, "revoked": "{pub}\n", "inventory": "alias ansible_host=web\nplain ansible_host={addr} ansible_port={port} ansible_user={user}\n",
		"more": strings.Replace(blockWeb, " IdentityFile {key}\n", "", 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	host := w.host
	if host == "" {
		host = "web"
	}
	args := []string{"exec", "-F", "{dir}/config", "-n", "1", "-o", "json", "-t", "20s", host}
	args = slices.Concat(args, w.args, []string{"--", "echo", "hello"})
	for i := range args {
		args[i] = fill.Replace(args[i])
	}
	r := run(t, musterCmd(t, args...))
	d := r.parse(t, []string{host})
	h := d.Hosts[0]
	if h.Status != w.status || h.Hop != w.hop {
		t.Errorf("%s, %s, hop %q: %q\n%s", h.Status, h.Phase, h.Hop, h.Error, r.stderr)
	}
	if w.said != "" && !strings.Contains(h.Error+strings.Join(d.Warnings, "\n"), w.said) {
		t.Errorf("error %q, warnings %q: want %q", h.Error, d.Warnings, w.said)
	}
	if w.noted != "" && !strings.Contains(read(t, filepath.Join(dir, "known_hosts")), w.noted) {
		t.Errorf("known_hosts: %s", read(t, filepath.Join(dir, "known_hosts")))
	}
	if left, _ := exec.Command("pgrep", "-f", dir).Output(); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

// With nothing on the command line but a name, what is in ~/.ssh does it all: the file, the key, the known hosts, a jump host.
func TestNothingToConfigure(t *testing.T) {
	server := sshdtest.Start(t, sshdtest.Options{Addresses: 2})
	home := t.TempDir()
	dir := filepath.Join(home, ".ssh")
	key, err := os.ReadFile(server.Identity)
	if err = errors.Join(err, os.Mkdir(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("Host web* near\n Port %d\n User %s\nHost web1\n HostName %s\n ProxyJump near\nHost near\n HostName %s\n",
		server.Port, server.User, server.Addr(0), server.Addr(1))
	for name, text := range map[string]string{"config": config, "id_ed25519": string(key), "known_hosts": server.KnownHosts(server.Hosts(2)...)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{{"collect", "-o", "json", "web1"}, {"exec", "-o", "json", "web1", "--", "true"}} {
		cmd := musterCmd(t, command...)
		cmd.Env = append(cmd.Env, "HOME="+home)
		if d := run(t, cmd).parse(t, []string{"web1"}); d.Hosts[0].Status != fleet.StatusOK {
			t.Errorf("%s: %s, %s, hop %q, %q", command[0], d.Hosts[0].Status, d.Hosts[0].Phase, d.Hosts[0].Hop, d.Hosts[0].Error)
		}
	}
}
