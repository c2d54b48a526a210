package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/sshdtest"
)

// pty opens a pseudo-terminal: ours to type at, and the side that a program sees.
func pty(t *testing.T) (master, slave *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skip(err)
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx") // not blocking: closing it ends a Read
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// typist is who sits at the terminal of a command.
type typist struct {
	cmd            *exec.Cmd
	master, slave  *os.File
	before         *unix.Termios
	shown          bytes.Buffer // on the terminal
	stdout, stderr bytes.Buffer
}

// atTerminal starts a command at a terminal of its own.
func atTerminal(t *testing.T, cmd *exec.Cmd) *typist {
	t.Helper()
	p := &typist{cmd: cmd}
	p.master, p.slave = pty(t)
	p.before = p.settings(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.slave, &p.stdout, &p.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return p
}

func (p *typist) settings(t *testing.T) *unix.Termios {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(p.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// answer waits for a prompt that was not there before, and types.
func (p *typist) answer(t *testing.T, prompt, text string) {
	t.Helper()
	p.master.SetReadDeadline(time.Now().Add(soon))
	for seen, piece := p.shown.Len(), make([]byte, 256); !strings.Contains(p.shown.String()[seen:], prompt); {
		n, err := p.master.Read(piece)
		if err != nil {
			t.Fatalf("no %q: %v: %q, %s", prompt, err, p.shown.String(), p.stderr.String())
		}
		p.shown.Write(piece[:n])
	}
	if _, err := p.master.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// keepsSecret checks, while workers are at work, that what was typed stands in no process's arguments or environment.
func (p *typist) keepsSecret(t *testing.T, secret string) {
	t.Helper()
	var workers []int
	eventually(t, soon, func() string {
		if workers = processes(t, p.cmd.Process.Pid); len(workers) == 0 {
			return "no worker"
		}
		return ""
	})
	for _, pid := range append(workers, p.cmd.Process.Pid) {
		for _, file := range []string{"cmdline", "environ"} {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
			if err == nil && bytes.Contains(text, []byte(secret)) {
				t.Errorf("what was typed stands in %s of process %d", file, pid)
			}
		}
	}
}

// ends waits for the command, which leaves the terminal as it was and shows nothing of what was typed.
func (p *typist) ends(t *testing.T, secret string) ran {
	t.Helper()
	p.cmd.Wait()
	piece := make([]byte, 256)
	p.master.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	n, _ := p.master.Read(piece)
	p.shown.Write(piece[:n])
	if all := p.shown.String() + p.stdout.String() + p.stderr.String(); secret != "" && strings.Contains(all, secret) {
		t.Errorf("what was typed is shown: %.2000q", all)
	}
	if after := p.settings(t); *after != *p.before {
		t.Errorf("the terminal is left otherwise: %+v, was %+v", after, p.before)
	}
	return ran{p.cmd.ProcessState.ExitCode(), p.stdout.String(), p.stderr.String()}
}

// The password for sudo is asked for once, at the terminal, without an echo, and reaches the hosts; while the run goes on
// it stands in no process's arguments or environment, and neither it nor anything about asking is in the report.
func TestAskPass(t *testing.T) {
	const right, wrong = "simulated", "not-the-password"
	for name, password := range map[string]string{"right": right, "wrong": wrong} {
		t.Run(name, func(t *testing.T) {
			// The host that stalls keeps the worker, which has the password, at work.
			sim := simulateFleet(t, simulate.Config{Hosts: 6, Faults: []simulate.Fault{{Kind: simulate.ExecStall, Count: 1}}})
			p := atTerminal(t, sim.exec(t, "-n", "1", "-u", "2s", "--sudo", "--ask-pass", "-o", "json", "--", "echo", "as root"))
			p.answer(t, "password", password+"\n")
			p.keepsSecret(t, password)
			d := p.ends(t, password).parse(t, sim.labels)
			for i, h := range d.Hosts {
				want := map[string]fleet.Status{right: fleet.StatusOK, wrong: fleet.StatusExit}[password]
				if sim.hosts[i].Fault == simulate.ExecStall {
					want = fleet.StatusTimeout
				}
				if h.Status != want || want == fleet.StatusOK && *h.Stdout != "as root\n" {
					t.Errorf("%s: %s, want %s: %s", h.Host, h.Status, want, h.Error)
				}
			}
		})
	}
}

// The passphrase of a key is asked for once, as often as three times, and opens it for all workers; none of them has it.
func TestPassphrase(t *testing.T) {
	const right, wrong = "open sesame", "close sesame"
	for _, tt := range []struct {
		name    string
		typed   []string
		signal  syscall.Signal // at the next prompt; 0: none
		code    int
		said    string
		working bool
	}{
		{name: "right", typed: []string{right + "\n"}, code: 3, working: true},
		{name: "right at last", typed: []string{wrong + "\n", wrong + "\n", right + "\n"}, code: 3, working: true},
		{name: "wrong", typed: []string{wrong + "\n", wrong + "\n", wrong + "\n"}, code: 2, said: "not its passphrase"},
		{name: "none", typed: []string{"\n"}, code: 2, said: "no passphrase was given"},
		{name: "^C", typed: []string{wrong + "\n", "\x03"}, code: 130},
		{name: "signal", typed: []string{wrong + "\n"}, signal: syscall.SIGTERM, code: 143},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sim := simulateFleet(t, simulate.Config{Hosts: 6, Faults: []simulate.Fault{{Kind: simulate.ExecStall, Count: 1}}})
			lock(t, filepath.Join(sim.dir, "id"), right)
			p := atTerminal(t, sim.collect(t, "-n", "2", "-u", "2s", "-o", "json"))
			for _, text := range tt.typed {
				p.answer(t, "passphrase of ", text)
			}
			if tt.signal != 0 {
				p.answer(t, "passphrase of ", "")
				p.cmd.Process.Signal(tt.signal)
			}
			if tt.working {
				p.keepsSecret(t, right)
			}
			r := p.ends(t, "sesame")
			if r.code != tt.code || !strings.Contains(r.stderr, tt.said) {
				t.Errorf("exit code %d, want %d: %s", r.code, tt.code, r.stderr)
			}
			if tt.working && r.parse(t, sim.labels).Summary.ByStatus[fleet.StatusOK] != 5 {
				t.Errorf("%s", r.stdout)
			}
		})
	}
}

// A signal ends muster while a passphrase goes through so many rounds of bcrypt that it takes seconds.
func TestF89ManyRounds(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 1})
	slow(t, filepath.Join(sim.dir, "id"), 1000)
	p := atTerminal(t, sim.collect(t))
	p.answer(t, "passphrase of ", "sesame\n")
	eventually(t, soon, func() string { // then it has been read
		if *p.settings(t) != *p.before {
			return "the terminal is not as it was"
		}
		return ""
	})
	began := time.Now()
	p.cmd.Process.Signal(os.Interrupt)
	if r, took := p.ends(t, "sesame"), time.Since(began); r.code != 130 || took > 2*time.Second {
		t.Errorf("exit code %d after %v: %s", r.code, took, r.stderr)
	}
}

// slow makes a file look like an encrypted key whose passphrase goes through so many rounds. See OpenSSH's PROTOCOL.key.
func slow(t *testing.T, file string, rounds uint32) {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	body := ssh.Marshal(struct {
		Cipher, KDF     string
		Options         []byte
		Keys            uint32
		Public, Private []byte
	}{"aes256-ctr", "bcrypt", ssh.Marshal(struct {
		Salt   string
		Rounds uint32
	}{"salt", rounds}), 1, key.Marshal(), make([]byte, 160)})
	block := &pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: append([]byte("openssh-key-v1\x00"), body...)}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lock encrypts a key file.
func lock(t *testing.T, file, passphrase string) {
	t.Helper()
	private, err := ssh.ParseRawPrivateKey([]byte(read(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKeyWithPassphrase(*private.(*ed25519.PrivateKey), "", []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Hosts that want a password to let anybody in are given that of --ask-pass.
func TestAskPassToLogIn(t *testing.T) {
	t.Parallel()
	const password = "right and long"
	server := sshdtest.Start(t, sshdtest.Options{Password: password})
	known, fifo := filepath.Join(t.TempDir(), "known_hosts"), filepath.Join(t.TempDir(), "fifo")
	host := fmt.Sprintf("%s:%d", server.Addr(0), server.Port)
	if err := errors.Join(os.WriteFile(known, []byte(server.KnownHosts(server.Addr(0))), 0o600), syscall.Mkfifo(fifo, 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := musterCmd(t, "exec", host, "--known-hosts", known, "--ask-pass", "-o", "json", "--", "cat", fifo)
	p := atTerminal(t, cmd)
	p.answer(t, "password for the hosts: ", password+"\n")
	p.keepsSecret(t, password)
	said := make(chan error, 1)
	go func() { said <- os.WriteFile(fifo, []byte("inside\n"), 0) }() // once it is read, which is once we are in
	d := p.ends(t, password).parse(t, []string{host})
	if h := d.Hosts[0]; h.Status != fleet.StatusOK || *h.Stdout != "inside\n" {
		t.Fatalf("%s: %s", h.Status, h.Error)
	}
	if err := <-said; err != nil {
		t.Error(err)
	}
}
