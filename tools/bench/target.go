package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// target is a list of hosts as clients are given it: a directory with hosts, a line each with its port; addresses, the same
// without; id, the key; known_hosts; and ssh_config, which says all of this to ssh.
type target struct {
	dir     string
	port    string
	hosts   int
	dead    int
	flight  int // hosts at once, an even number
	timeout time.Duration
}

// sshConfig is for ssh, with the directory, the port and the seconds to connect in.
const sshConfig = `Host *
	Port %[2]s
	User bench
	IdentityFile %[1]s/id
	IdentitiesOnly yes
	UserKnownHostsFile %[1]s/known_hosts
	GlobalKnownHostsFile none
	StrictHostKeyChecking yes
	BatchMode yes
	ConnectTimeout %.0[3]f
	LogLevel ERROR
`

// aim makes a target of a fleet. Of its hosts every deadEach-th is replaced by one that swallows packets; none where it is 0.
func (b *bench) aim(fleet simulated, flight, deadEach int, timeout time.Duration) (target, error) {
	t := target{flight: flight, timeout: timeout}
	var err error
	if t.dir, err = os.MkdirTemp(b.dir, "target-"); err != nil {
		return t, err
	}
	if err := os.Symlink(filepath.Join(fleet.dir, "id"), filepath.Join(t.dir, "id")); err != nil {
		return t, err
	}
	known, err := os.ReadFile(filepath.Join(fleet.dir, "known_hosts"))
	if err != nil {
		return t, err
	}
	list, err := os.ReadFile(filepath.Join(fleet.dir, "hosts"))
	if err != nil {
		return t, err
	}
	var hosts, addresses bytes.Buffer
	var replaced []string
	for line := range strings.Lines(string(list)) {
		address, port, err := net.SplitHostPort(strings.TrimSpace(line))
		if err != nil {
			return t, err
		}
		if deadEach > 0 && t.hosts%deadEach == deadEach/2 {
			replaced = append(replaced, "["+address+"]", "["+nowhere(t.dead)+"]")
			address = nowhere(t.dead)
			t.dead++
		}
		fmt.Fprintln(&hosts, net.JoinHostPort(address, port))
		fmt.Fprintln(&addresses, address)
		t.port = port
		t.hosts++
	}
	for name, text := range map[string][]byte{
		"hosts":       hosts.Bytes(),
		"addresses":   addresses.Bytes(),
		"known_hosts": []byte(strings.NewReplacer(replaced...).Replace(string(known))),
		"ssh_config":  fmt.Appendf(nil, sshConfig, t.dir, t.port, timeout.Seconds()),
	} {
		if err := os.WriteFile(filepath.Join(t.dir, name), text, 0o600); err != nil {
			return t, err
		}
	}
	return t, nil
}

// words are those of a client's line, in each of which names are replaced by what they stand for.
func (b *bench) words(line string, t target) []string {
	words := strings.Fields(line)
	for i := range words {
		words[i] = os.Expand(words[i], func(name string) string {
			return map[string]string{
				"MUSTER":  b.muster,
				"LOOP":    b.loop,
				"VISIT":   filepath.Join(os.Getenv("BENCH_TOOLS"), "bench", "visit.py"),
				"DIR":     t.dir,
				"PORT":    t.port,
				"FLIGHT":  fmt.Sprint(t.flight),
				"HALF":    fmt.Sprint(t.flight / 2),
				"SECONDS": fmt.Sprintf("%.0f", t.timeout.Seconds()),
				"COMMAND": command,
			}[name]
		})
	}
	return words
}
