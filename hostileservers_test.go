package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/tier"
)

// enemy is a server that gives a client what it never asked for, and how a host of it ends.
type enemy struct {
	name   string
	serve  func(net.Conn, *enemySide)
	status fleet.Status
	phase  fleet.Phase
	said   string // within the error
}

var enemies = []enemy{
	// Before keys are exchanged.
	{"F6 a gigabyte of lines before the version", sends(bytes.Repeat([]byte("\x1b[2J hello\n::error::x\n"), 1<<12)), fleet.StatusProtocol, fleet.PhaseBanner, "no SSH version line"},
	{"F6 a version line without end", sends(bytes.Repeat([]byte("SSH-2.0-\x1b[2J"), 1<<12)), fleet.StatusProtocol, fleet.PhaseBanner, ""},
	{"F9 thousands of algorithms", raw(plain(proposal(strings.Repeat("\x1b[31mme,", 4000)+"z", "z", "z", "z"))), fleet.StatusProtocol, fleet.PhaseKex, "key exchange; we offered"},
	{"F27 a length of 0", raw(make([]byte, 16)), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F27 a length of 2^31", raw([]byte{0x80, 0, 0, 0, 4, 20}), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F27 a length that is no whole block", raw(append([]byte{0, 0, 0, 13, 4}, make([]byte, 12)...)), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F27 more padding than packet", raw(append([]byte{0, 0, 0, 12, 200}, make([]byte, 11)...)), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F27 an unknown message", raw(plain([]byte{199, 1, 2, 3})), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F27 let in before keys", raw(plain(proposal("curve25519-sha256", "ssh-ed25519", "aes128-ctr", "hmac-sha2-256")), plain([]byte{msgSuccess})), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F23 a farewell of 200 KB", raw(plain(farewell)), fleet.StatusClosed, fleet.PhaseKex, ""},

	// Keys.
	{"F27 a key of 64 KB", shows(largeKey(64<<10), nil), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F27 a key of 250 KB", shows(largeKey(250<<10), nil), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F27 a signature of 64 KB", shows(nil, list("ssh-ed25519", string(make([]byte, 64<<10)))), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F27 a signature of 250 KB", shows(nil, list("ssh-ed25519", string(make([]byte, 250<<10)))), fleet.StatusProtocol, fleet.PhaseKex, ""},
	{"F39 a certificate of 64 KB", certified(64 << 10), fleet.StatusHostKey, fleet.PhaseKex, "could not be judged"},
	{"F39 a certificate of 250 KB", certified(250 << 10), fleet.StatusHostKey, fleet.PhaseKex, "could not be judged"},

	// While logging in.
	{"F17 a gigabyte of banners, and then no", saysMuch(banner, []byte{msgFailure, 0, 0, 0, 0, 0}), fleet.StatusAuth, fleet.PhaseAuth, ""},
	{"F17 banners without end", saysMuch(banner, nil), fleet.StatusTimeout, fleet.PhaseAuth, ""},
	{"F27 messages to ignore without end", saysMuch(append([]byte{msgIgnore}, list(strings.Repeat("x", 30_000))...), nil), fleet.StatusTimeout, fleet.PhaseAuth, ""},
	{"F27 extensions without end", saysMuch(append([]byte{msgExtInfo, 0, 0, 0, 1}, list("x", strings.Repeat("x", 30_000))...), nil), fleet.StatusProtocol, fleet.PhaseAuth, ""},
	{"F27 keys in use twice", says([]byte{msgNewKeys}), fleet.StatusProtocol, fleet.PhaseAuth, ""},
	{"F27 data before the login", says(noData), fleet.StatusProtocol, fleet.PhaseAuth, ""},
	{"F27 let in before asked", says([]byte{msgSuccess}), fleet.StatusProtocol, fleet.PhaseAuth, ""},
	{"F23 a farewell of 200 KB to who logs in", says(farewell), fleet.StatusAuth, fleet.PhaseAuth, ""},

	// In the session.
	{"F27 no sense, and much behind it", says(append([][]byte{heard, {msgSuccess}}, slices.Repeat([][]byte{{msgOpen}}, 100)...)...), fleet.StatusProtocol, fleet.PhaseSession, ""},
	{"F27 100,000 requests in a channel", floods(func(_ ssh.Conn, ch ssh.Channel) error {
		_, err := ch.SendRequest("nonsense", false, nil)
		return err
	}), fleet.StatusExit, fleet.PhaseExec, "exit status 7"},
	{"F27 100,000 requests", floods(func(conn ssh.Conn, _ ssh.Channel) error {
		_, _, err := conn.SendRequest("nonsense", false, nil)
		return err
	}), fleet.StatusExit, fleet.PhaseExec, "exit status 7"},
	{"F27 100,000 channels", opens, fleet.StatusTimeout, fleet.PhaseSession, ""},
	{"F27 large requests, and no ear for the answers", deaf, fleet.StatusTimeout, fleet.PhaseSession, ""},
}

// Servers that flood, lie about lengths, or speak out of turn cost a worker no more memory than is promised, 32 of a kind no
// more than one of each kind. Each has its status, in time; a host among them is none the worse, also behind the same jump
// host. As jump hosts they cost the hosts behind them alone. Nothing they said is shown as it came.
func TestHostileServers(t *testing.T) {
	for name, which := range map[string]func(enemy) bool{
		"slow": func(e enemy) bool { return e.status == fleet.StatusTimeout },
		"fast": func(e enemy) bool { return e.status != fleet.StatusTimeout },
	} {
		some := slices.DeleteFunc(slices.Clone(enemies), func(e enemy) bool { return !which(e) })
		t.Run("one of each/"+name, func(t *testing.T) {
			t.Parallel()
			attack(t, some, 1, itself)
		})
		t.Run("behind a jump host/"+name, func(t *testing.T) {
			t.Parallel()
			attack(t, some, len(some), behindJump)
		})
		t.Run("as jump hosts/"+name, func(t *testing.T) {
			t.Parallel()
			early := slices.DeleteFunc(slices.Clone(some), func(e enemy) bool { return !e.phase.BeforeAuth() && e.phase != fleet.PhaseAuth })
			attack(t, early, len(early), asJump)
		})
	}
	for _, e := range enemies {
		t.Run("32/"+e.name, func(t *testing.T) {
			t.Parallel()
			attack(t, slices.Repeat([]enemy{e}, 32), 32, itself)
		})
	}
}

// stance is how enemies stand to the hosts of a run.
type stance int

const (
	itself     stance = iota // they are those
	behindJump               // they are those, behind a jump host that is none
	asJump                   // they are their jump hosts
)

// attack collects from enemies, each of which does a part of what it could, and from a host among them.
func attack(t *testing.T, enemies []enemy, parts int, as stance) {
	t.Helper()
	limit := time.Minute
	if enemies[0].status == fleet.StatusTimeout {
		if limit = 5 * time.Second; tier.Race {
			limit = 15 * time.Second
		}
	}
	sim := simulateFleet(t, simulate.Config{Hosts: 1})
	side := newEnemySide(t, parts)
	known, config := read(t, filepath.Join(sim.dir, "known_hosts")), ""
	var hosts, addresses []string
	for i, e := range enemies {
		address := side.listen(t, e.serve)
		_, port, _ := net.SplitHostPort(address)
		host := address
		if as == asJump {
			host = fmt.Sprintf("behind%d", i)
			config += fmt.Sprintf("Host %s\nProxyJump %s\n", host, address)
		}
		hosts, addresses = append(hosts, host), append(addresses, address)
		known += side.knownLine(port, strings.HasPrefix(e.name, "F39"))
	}
	files := t.TempDir()
	if err := os.WriteFile(filepath.Join(files, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"-n", "1", "-f", strconv.Itoa(len(enemies) + 1), "-t", limit.String(), "-u", limit.String(), "--retries", "0", "-v", "-o", "table", "-o", "json=" + filepath.Join(files, "json"),
		"--known-hosts", knownHosts(t, known), "-F", filepath.Join(files, "config"),
	}
	if as == behindJump {
		jump := side.listen(t, honest)
		_, port, _ := net.SplitHostPort(jump)
		args = append(args, "-J", jump, "--known-hosts", knownHosts(t, known+side.knownLine(port, false)))
	}
	r := run(t, sim.collect(t, slices.Concat(args, hosts)...))
	mustBeInert(t, "stdout", r.stdout)
	mustBeInert(t, "stderr", r.stderr)

	d := ran{code: r.code, stdout: read(t, filepath.Join(files, "json"))}.parse(t, append(hosts, sim.labels...))
	for i, got := range d.Hosts {
		want, hop := enemy{name: "the host among them", status: fleet.StatusOK}, ""
		if i < len(enemies) {
			want = enemies[i]
			if as == asJump {
				hop = addresses[i]
			}
		}
		if got.Status != want.status || got.Phase != want.phase || got.Hop != hop || !strings.Contains(got.Error, want.said) || got.Attempts != 1 {
			t.Errorf("%s: %s, %s, hop %q after %d attempts: %q", want.name, got.Status, got.Phase, got.Hop, got.Attempts, got.Error)
		}
		if want.status == fleet.StatusTimeout {
			within(t, got, float64(limit.Milliseconds()))
		}
	}
	mustBeBounded(t, d, len(d.Hosts))
}

// mustBeBounded fails where there was not one worker, to the end, within the memory that is promised for hosts in flight: 32 MiB
// and 4.5 for each. A test's worker has 8 more than muster's from the start, being larger, and where only a few hosts flood, as
// fast as two can, as much again may be garbage that the collector has yet to find.
func mustBeBounded(t *testing.T, d document, inFlight int) {
	t.Helper()
	if len(d.Workers) != 1 || d.Workers[0].Exit == nil || *d.Workers[0].Exit != 0 || d.Workers[0].MaxRSSBytes == nil {
		t.Fatalf("workers %+v", d.Workers)
	}
	worker, most := *d.Workers[0].MaxRSSBytes, int64(48<<20+inFlight*45<<20/10)
	if worker > most && !tier.Race { // which takes memory of its own
		t.Errorf("the worker had %d MiB, at most %d", worker>>20, most>>20)
	}
	if most := int64(64 << 20); d.Run.MaxRSSBytes > most && !tier.Race {
		t.Errorf("the parent had %d MiB", d.Run.MaxRSSBytes>>20)
	}
}
