package main

import (
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/sshconf"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

func knownHosts(t *testing.T, lines string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// refusals is how often a server's log says that a client hung up before it was let in.
func refusals(log string) int { return len(hungUp.FindAllString(log, -1)) }

var hungUp = regexp.MustCompile(`Connection (closed|reset) by [^\n]*\[preauth\]`)

// F34, F35: under strict, a host that nobody vouches for and one whose key has changed are refused before we say a word
// about ourselves, by the server's own log; known_hosts is not touched.
func TestRealSSHDStrict(t *testing.T) {
	server, args := sshd(t, sshdtest.Options{Addresses: 3, Config: []string{"LogLevel DEBUG1"}})
	hosts := server.Hosts(3)
	lines := otherKey(t, server, hosts[0]) + server.KnownHosts(hosts[2])
	known := knownHosts(t, lines)
	args = append(args, "--known-hosts", known)
	const greeting = "userauth-request for user"

	r := run(t, musterCmd(t, slices.Concat(args, hosts[:2])...))
	d := r.parse(t, hosts[:2])
	for i, want := range []struct{ name, text string }{{"F35 changed key", "changed"}, {"F34 unknown key", "not known"}} {
		t.Run(want.name, func(t *testing.T) {
			if got := d.Hosts[i]; got.Status != fleet.StatusHostKey || !strings.Contains(got.Error, want.text) {
				t.Errorf("%s: %s: %q, want %s", got.Host, got.Status, got.Error, want.text)
			}
		})
	}
	eventually(t, soon, func() string {
		if log := server.Log(); refusals(log) < 2 {
			return "the server does not say that two have hung up:\n" + log
		}
		return ""
	})
	if log := server.Log(); strings.Contains(log, greeting) {
		t.Errorf("a host that was not trusted heard who we are:\n%s", log)
	}
	if r.code != 4 || read(t, known) != lines {
		t.Errorf("exit code %d; known_hosts:\n%s", r.code, read(t, known))
	}

	if d := run(t, musterCmd(t, append(args, hosts[2])...)).parse(t, hosts[2:]); d.Hosts[0].Status != fleet.StatusOK {
		t.Errorf("%s: %s %s", hosts[2], d.Hosts[0].Status, d.Hosts[0].Error)
	}
	if log := server.Log(); !strings.Contains(log, greeting) {
		t.Errorf("nothing is said where the server lets somebody in:\n%s", log)
	}
}

// otherKey is a known_hosts line with a key that the server at address does not have.
func otherKey(t *testing.T, server *sshdtest.Server, address string) string {
	t.Helper()
	return fmt.Sprintf("[%s]:%d %s\n", address, server.Port, keyLine(t, "ed25519"))
}

// keygen runs OpenSSH's tool for keys.
func keygen(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(tier.Needs(t, "ssh-keygen"), args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen %q: %v\n%s", args, err, out)
	}
}

// keyLine makes a new key and returns it as in a known_hosts line: type and base64.
func keyLine(t *testing.T, typ string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	keygen(t, "-q", "-t", typ, "-N", "", "-C", "", "-f", file)
	return strings.TrimSpace(read(t, file+".pub"))
}

// With --fail-fast a changed key ends the run: nobody else is begun with, save one that was in flight by then.
func TestF35FailFast(t *testing.T) {
	server, args := sshd(t, sshdtest.Options{Addresses: 4})
	hosts := server.Hosts(4)
	known := knownHosts(t, otherKey(t, server, hosts[0])+server.KnownHosts(hosts[1:]...))
	args = append(args, "--known-hosts", known, "-n", "1", "-f", "1", "--fail-fast")
	r := run(t, musterCmd(t, slices.Concat(args, hosts)...))
	d := r.parse(t, hosts)
	count := d.Summary.ByStatus
	if d.Hosts[0].Status != fleet.StatusHostKey || count[fleet.StatusCanceled] > 1 || count[fleet.StatusCanceled]+count[fleet.StatusSkipped] != 3 || r.code != 4 {
		t.Errorf("exit code %d, %v", r.code, count)
	}
}

// A host that is known by a key of another type has changed, also under accept-new, and on plain lines and hashed ones:
// it may not win trust by forgetting the key that we know.
func TestF37AnotherType(t *testing.T) {
	server, args := sshd(t, sshdtest.Options{Addresses: 2})
	hosts := server.Hosts(2)
	known := knownHosts(t, fmt.Sprintf("[%s]:%d %s\n", hosts[1], server.Port, keyLine(t, "ecdsa")))
	keygen(t, "-H", "-f", known)
	lines := read(t, known) + fmt.Sprintf("[%s]:%d %s\n", hosts[0], server.Port, keyLine(t, "ecdsa"))
	known = knownHosts(t, lines)
	r := run(t, musterCmd(t, slices.Concat(args, []string{"--known-hosts", known, "--host-key", "accept-new"}, hosts)...))
	for _, h := range r.parse(t, hosts).Hosts {
		if h.Status != fleet.StatusHostKey || !strings.Contains(h.Error, "changed") {
			t.Errorf("%s: %s: %q", h.Host, h.Status, h.Error)
		}
	}
	if r.code != 4 || read(t, known) != lines {
		t.Errorf("exit code %d; known_hosts was\n%sand is\n%s", r.code, lines, read(t, known))
	}
}

// Real certificates of real servers, by what is known of the key and the authority. Who is trusted is whom OpenSSH
// trusts, save that it does not ask for a key that is known in place of a certificate that is no good.
func TestRealSSHDCertificates(t *testing.T) {
	dir := t.TempDir()
	authority, another := filepath.Join(dir, "authority"), filepath.Join(dir, "another")
	for _, file := range []string{authority, another} {
		keygen(t, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file)
	}
	mine := sshdtest.Options{Authority: authority, Principals: []string{"127.0.0.1", "*.no.such"}, Validity: "-1d:+1d", Addresses: 2}
	expired := mine
	expired.Validity = "-2d:-1d"
	good, late := sshdtest.Start(t, mine), sshdtest.Start(t, expired)
	// With certificates that are none of a host's, or that ask for what we do not know.
	odd := func(args ...string) *sshdtest.Server {
		file := filepath.Join(t.TempDir(), "host")
		keygen(t, "-q", "-t", "ecdsa", "-N", "", "-C", "", "-f", file)
		keygen(t, append(append([]string{"-q", "-s", authority, "-I", "test", "-n", "127.0.0.1"}, args...), file+".pub")...)
		return sshdtest.Start(t, sshdtest.Options{Config: []string{"HostKey " + file, "HostCertificate " + file + "-cert.pub"}})
	}
	user, critical := odd(), odd("-h", "-O", "critical:no-such@muster=1")
	ca := "@cert-authority * " + read(t, authority+".pub")
	other := "@cert-authority * " + read(t, another+".pub")
	for _, tt := range []struct {
		name   string
		server *sshdtest.Server
		host   int // which of its addresses
		lines  string
		status fleet.Status
		text   string
	}{
		{"F39 valid", good, 0, ca, fleet.StatusOK, ""},
		{"F39 valid, key has changed", good, 0, ca + otherKey(t, good, good.Addr(0)), fleet.StatusOK, ""},
		{"F39 wrong name", good, 1, ca, fleet.StatusHostKey, "not for 127.0.0.2"},
		{"F39 another authority", good, 0, other, fleet.StatusHostKey, "its authority is"},
		{"F39 no authority", good, 0, "", fleet.StatusHostKey, "not known"},
		{"F39 expired", late, 0, ca, fleet.StatusHostKey, "expired"},
		{"F39 expired, key known", late, 0, ca + late.KnownHosts(late.Addr(0)), fleet.StatusOK, ""},
		{"F39 for a user", user, 0, ca, fleet.StatusHostKey, "not for a host"},
		{"F39 for a user, another key known", user, 0, ca + user.KnownHosts(user.Addr(0)), fleet.StatusOK, ""},
		{"F39 critical option", critical, 0, ca, fleet.StatusHostKey, "critical option"},
		{"F40 only the key known", good, 0, good.KnownHosts(good.Addr(0)), fleet.StatusOK, ""},
		{"F38 key", good, 0, ca + "@revoked * " + good.HostKeys[0] + "\n", fleet.StatusHostKey, "revoked"},
		{"F38 authority", good, 0, ca + good.KnownHosts(good.Addr(0)) + "@revoked * " + read(t, authority+".pub"), fleet.StatusHostKey, "revoked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host, known := []string{tt.server.Addr(tt.host)}, knownHosts(t, tt.lines)
			args := []string{"collect", "-i", tt.server.Identity, "-p", strconv.Itoa(tt.server.Port), "-o", "json", "--known-hosts", known, host[0]}
			if h := run(t, musterCmd(t, args...)).parse(t, host).Hosts[0]; h.Status != tt.status || !strings.Contains(h.Error, tt.text) {
				t.Errorf("%s: %q, want %s: %s", h.Status, h.Error, tt.status, tt.text)
			}
			if out, err := openssh(t, tt.server, known, host[0], "true").CombinedOutput(); (err == nil) != (tt.status == fleet.StatusOK && tt.server != user) {
				t.Errorf("ssh: %v: %s", err, out)
			}
		})
	}
}

// openssh is OpenSSH's client, which trusts what known says.
func openssh(t *testing.T, server *sshdtest.Server, known string, args ...string) *exec.Cmd {
	t.Helper()
	return exec.Command(tier.Needs(t, "ssh"), append([]string{
		"-F", "none", "-i", server.Identity, "-p", strconv.Itoa(server.Port), "-l", server.User, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
		"-o", "UserKnownHostsFile=" + known, "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes",
	}, args...)...)
}

// Dropbear offers algorithms for RSA keys also where it has none, and ends where one is picked: it is asked for others first.
func TestRealDropbearHostKeys(t *testing.T) {
	for _, typ := range []string{"ed25519", "ecdsa", "rsa"} {
		server := sshdtest.StartDropbear(t, sshdtest.Options{HostKeys: []string{typ}})
		host := server.Hosts(1)
		noted := filepath.Join(t.TempDir(), "known_hosts")
		hashed := knownHosts(t, server.KnownHosts(host...))
		keygen(t, "-q", "-H", "-f", hashed)
		for _, how := range []struct{ name, known, policy string }{
			{"accept-new", noted, "accept-new"},
			{"strict, as noted", noted, "strict"},
			{"strict, hashed", hashed, "strict"},
		} {
			t.Run(typ+" "+how.name, func(t *testing.T) {
				args := []string{"collect", "-F", "none", "-i", server.Identity, "-p", strconv.Itoa(server.Port), "-o", "json", "--known-hosts", how.known, "--host-key", how.policy, host[0]}
				if h := run(t, musterCmd(t, args...)).parse(t, host).Hosts[0]; h.Status != fleet.StatusOK {
					t.Errorf("%s, %s: %s", h.Status, h.Phase, h.Error)
				}
			})
		}
		if got := read(t, noted); got != server.KnownHosts(host...) {
			t.Errorf("noted %q", got)
		}
	}
}

// Under accept-new each name gets one line, also where four workers ask about one address at once, and OpenSSH reads
// the file.
func TestF43AcceptNewWritesOneLineAName(t *testing.T) {
	server, args := sshd(t, sshdtest.Options{Addresses: 5})
	addresses := server.Hosts(5)
	me := server.User
	// Logging in as others is refused, which is after the host's key was judged.
	hosts := []string{me + "@" + addresses[0], "nobody@" + addresses[0], "daemon@" + addresses[0], "bin@" + addresses[0]}
	hosts = append(hosts, addresses[1:]...)
	known := filepath.Join(t.TempDir(), "new", "known_hosts")
	args = append(args, "--known-hosts", known, "--host-key", "accept-new", "--retries", "0")
	for round := range 2 {
		d := run(t, musterCmd(t, slices.Concat(args, hosts)...)).parse(t, hosts)
		for i, h := range d.Hosts {
			if want := map[bool]fleet.Status{true: fleet.StatusAuth, false: fleet.StatusOK}[i >= 1 && i <= 3]; h.Status != want {
				t.Errorf("round %d: %s: %s, want %s: %s", round, h.Host, h.Status, want, h.Error)
			}
		}
		if lines := strings.Count(read(t, known), "\n"); lines != len(addresses) {
			t.Errorf("round %d: %d lines for %d names:\n%s", round, lines, len(addresses), read(t, known))
		}
	}
	for _, address := range addresses {
		name := fmt.Sprintf("[%s]:%d", address, server.Port)
		keygen(t, "-F", name, "-f", known) // fails if there is none
	}
}

// F42: lines of known_hosts that cannot be read cost a warning each, and no host.
func TestF42BadLines(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 3})
	bad := []string{"garbage", "h ssh-new AAAA", "\x00\x00", sim.labels[0] + " " + strings.Repeat("x", 70_000), "[127.0.0.1]:22 ssh-ed25519 AAAAC3"} // the last is cut off
	known := knownHosts(t, "\ufeff"+read(t, filepath.Join(sim.dir, "known_hosts"))+strings.Join(bad, "\r\n"))
	r := run(t, sim.collect(t, "--known-hosts", known, "-o", "json"))
	d := r.parse(t, sim.labels)
	if d.ExitCode != 0 || len(d.Warnings) != len(bad) {
		t.Fatalf("exit code %d, warnings %q", d.ExitCode, d.Warnings)
	}
	for i := range bad {
		if want := fmt.Sprintf("%s:%d: ", known, len(sim.labels)+1+i); !strings.HasPrefix(d.Warnings[i], want) || strings.Count(r.stderr, want) != 1 {
			t.Errorf("warning %q, want %q, once on stderr:\n%s", d.Warnings[i], want, r.stderr)
		}
	}
}

// F43: muster is killed at any moment while it notes new hosts. The file is whole, has each host at most once, and is its
// owner's alone; the next run adds those that it lacks.
func TestF43KilledWhileNoting(t *testing.T) {
	t.Parallel()
	const hosts = 200
	sim := simulateFleet(t, simulate.Config{Hosts: hosts})
	collect := func(known string) *exec.Cmd {
		return sim.collect(t, "-n", "2", "--known-hosts", known, "--host-key", "accept-new", "-o", "json")
	}
	noted := func(known string) int {
		judge := sshconf.NewJudge()
		_, warnings, err := judge.Add(sshconf.Trust{Files: []string{known}})
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%v, %q", err, warnings)
		}
		count := 0
		for _, h := range sim.hosts {
			address := netip.MustParseAddrPort(h.Label)
			host := fleet.Host{Name: address.Addr().String(), Port: int(address.Port())}
			judge.Prepare(&host)
			pins := len(host.Way().Pins)
			if pins > 1 {
				t.Errorf("%s is noted %d times", h.Label, pins)
			}
			count += pins
		}
		return count
	}
	began := time.Now()
	if r := run(t, collect(filepath.Join(t.TempDir(), "known_hosts"))); r.code != 0 {
		t.Fatalf("%+v", r)
	}
	whole := time.Since(began)
	midway := 0
	for range tier.Times(3, 15, 200) {
		known := filepath.Join(t.TempDir(), "known_hosts")
		killed := collect(known)
		if err := killed.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(whole)) // the moment is what is random here
		killed.Process.Kill()
		killed.Wait()
		if n := noted(known); 0 < n && n < hosts {
			midway++
		}
		if r := run(t, collect(known)); r.code != 0 || noted(known) != hosts {
			t.Errorf("exit code %d, %d of %d hosts noted:\n%s", r.code, noted(known), hosts, r.stderr)
		}
		if info, err := os.Stat(known); err != nil || info.Mode() != 0o600 {
			t.Errorf("%v, mode %v", err, info.Mode())
		}
	}
	t.Logf("killed midway through the hosts %d times", midway)
}

// F89: a key file that cannot be used is said once, with what to do about it, before anything else is done.
func TestF89KeyFileRefused(t *testing.T) {
	sim := simulateFleet(t, simulate.Config{Hosts: 3})
	dir := t.TempDir()
	file := func(name string, mode os.FileMode, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := read(t, filepath.Join(sim.dir, "id"))
	key, err := ssh.ParseRawPrivateKey([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, file, says string }{
		{"missing", filepath.Join(dir, "missing"), "no such file"},
		{"0644", file("open", 0o644, good), "chmod 600"},
		{"encrypted", file("locked", 0o600, string(pem.EncodeToMemory(locked))), "ssh-add"},
		{"garbage", file("garbage", 0o600, "garbage"), "not a private key"},
		{"FIFO", fifo, "not a regular file"},
	} {
		t.Run("F89 "+tt.name, func(t *testing.T) {
			began := time.Now()
			r := run(t, sim.collect(t, "-i", tt.file))
			if took := time.Since(began); took > time.Second+2*time.Second {
				t.Errorf("took %v", took)
			}
			if r.code != 2 || r.stdout != "" || strings.Count(r.stderr, "identity "+tt.file) != 1 || !strings.Contains(r.stderr, tt.says) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A key file that is encrypted is good enough if the agent holds its key, however many others that holds before it.
func TestF89EncryptedKeyInAgent(t *testing.T) {
	server, args := sshd(t, sshdtest.Options{})
	hosts := server.Hosts(1)
	dir := t.TempDir()
	locked, socket := filepath.Join(dir, "locked"), filepath.Join(dir, "agent")
	if err := os.WriteFile(locked, []byte(read(t, server.Identity)), 0o600); err != nil {
		t.Fatal(err)
	}
	keygen(t, "-q", "-p", "-P", "", "-N", "secret", "-f", locked)
	agent := exec.Command(tier.Needs(t, "ssh-agent"), "-D", "-a", socket)
	starts(t, agent)
	t.Cleanup(func() {
		agent.Process.Kill()
		agent.Wait()
	})
	eventually(t, soon, func() string {
		if _, err := os.Stat(socket); err != nil {
			return err.Error()
		}
		return ""
	})
	for i := range 7 {
		file := server.Identity
		if i < 6 {
			file = filepath.Join(dir, fmt.Sprint("other", i))
			keygen(t, "-q", "-t", "ed25519", "-N", "", "-f", file)
		}
		add := exec.Command("ssh-add", "-q", file)
		add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("ssh-add: %v: %s", err, out)
		}
	}
	args[slices.Index(args, server.Identity)] = locked
	cmd := musterCmd(t, append(args, "--known-hosts", knownHosts(t, server.KnownHosts(hosts...)), hosts[0])...)
	cmd.Env = append(cmd.Env, "SSH_AUTH_SOCK="+socket)
	if h := run(t, cmd).parse(t, hosts).Hosts[0]; h.Status != fleet.StatusOK {
		t.Errorf("%s: %s", h.Status, h.Error)
	}
}
