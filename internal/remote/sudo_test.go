package remote

import (
	"context"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/simulate"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// fakeSudo asks as sudo does. It wants "secret", and nothing where the environment says so.
const fakeSudo = `#!/bin/sh
[ "$1 $2 $4" = "-S -p --" ] || exit 99
prompt=$3
shift 4
[ -e "$0.free" ] && exec "$@"
[ -e "$0.barred" ] && { echo "me is not in the sudoers file" >&2; exit 1; }
for try in 1 2 3; do
	printf %s "$prompt" >&2
	read -r password || { echo "sudo: no password was provided" >&2; exit 1; }
	[ "$password" = "secret word" ] && exec "$@"
	echo "Sorry, try again." >&2
done
echo "sudo: 3 incorrect password attempts" >&2
exit 1
`

// withSudo puts a sudo on the PATH of commands, and returns its file.
func withSudo(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sudo")
	if err := os.WriteFile(file, []byte(fakeSudo), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSudo(t *testing.T) {
	noLeak(t)
	sudo := withSudo(t)
	path := filepath.Dir(sudo) + ":" + os.Getenv("PATH")
	t.Setenv("PATH", path)
	server := sshdtest.Start(t, sshdtest.Options{Config: []string{"SetEnv PATH=" + path}})
	s := newSSH(t, Config{Identities: identities(identity(t, server)), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	o := newOpenSSH(t, OpenSSHConfig{Args: trusting(t, server), ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
	h := realHost(t, server, "ed25519")
	big := numbered(1 << 20)
	for _, tt := range []struct {
		name, file     string // file makes sudo do otherwise
		line, password string
		stdin          []byte
		status         fleet.Status
		out, errs      string
		text           string
	}{
		{"password", "", "echo 'it'\"'\"'s'; echo why >&2; exit 3", "secret word", nil, fleet.StatusExit, "it's\n", "why\n", "exit status 3: why"},
		{"with input", "", "cat", "secret word", big, fleet.StatusOK, string(big), "", ""},
		{"more than a line", "", "cat", "secret word\nmore", nil, fleet.StatusOK, "", "", ""},
		{"wrong", "", "cat", "guess", big, fleet.StatusExit, "", "Sorry, try again.\nsudo: no password was provided\n", "exit status 1: Sorry, try again."},
		{"not asked", ".free", "cat", "secret word", []byte("input"), fleet.StatusOK, "input", "", ""},
		{"not asked, no input", ".free", "cat; echo end", "secret word", nil, fleet.StatusOK, "end\n", "", ""},
		{"not allowed", ".barred", "cat", "secret word", big, fleet.StatusExit, "", "me is not in the sudoers file\n", "sudoers"},
	} {
		if tt.file != "" {
			if err := os.WriteFile(sudo+tt.file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var got collected
		cmd := Command{Line: tt.line, Stdin: tt.stdin, Sudo: fleet.Secret(tt.password), MaxOutput: 2 << 20}
		given := cmd
		given.Output = got.take
		results := []Result{
			s.Run(context.Background(), h, cmd),
			RunLocal(context.Background(), cmd, time.Minute),
			s.Run(context.Background(), h, given),
			o.Run(context.Background(), h, cmd),
		}
		results[2].Stdout, results[2].Stderr = got.out.Bytes(), got.errs.Bytes()
		for i, r := range results {
			if r.Status != tt.status || string(r.Stdout) != tt.out || string(r.Stderr) != tt.errs || !strings.Contains(r.Err, tt.text) {
				t.Errorf("%s, %d: %s/%s %q, %.100q, %q", tt.name, i, r.Status, r.Phase, r.Err, r.Stdout, r.Stderr)
			}
		}
		if tt.file != "" {
			os.Remove(sudo + tt.file)
		}
	}
}

// TestSudoIsNoLeader holds that a local sudo, which we may not kill, is not the process whose end RunLocal waits for:
// not even where sh is a shell that becomes its last command.
func TestSudoIsNoLeader(t *testing.T) {
	tier.Needs(t, "bash")
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Dir(withSudo(t))
	if err := os.Symlink(bash, filepath.Join(bin, "sh")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	cmd := Command{Line: "echo $PPID; exit 4", Sudo: fleet.Secret("secret word"), MaxOutput: 100}
	r := RunLocal(context.Background(), cmd, time.Minute)
	if parent := strings.TrimSpace(string(r.Stdout)); r.ExitCode != 4 || parent == "" || parent == strconv.Itoa(os.Getpid()) {
		t.Errorf("parent %s, %+v", parent, r)
	}
}

// TestSimulatedSudo holds that simulated hosts understand the line.
func TestSimulatedSudo(t *testing.T) {
	noLeak(t)
	f, err := simulate.Start(simulate.Config{Hosts: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dir := t.TempDir()
	if err := f.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "id"))
	if err != nil {
		t.Fatal(err)
	}
	accept := func(context.Context, fleet.HostKey) (fleet.Verdict, error) {
		return fleet.Verdict{Decision: fleet.Accept}, nil
	}
	s := newSSH(t, Config{Identities: identities(key), Logins: logins("", 1), ConnectTimeout: time.Minute, CommandTimeout: time.Minute, Ask: accept})
	address := netip.MustParseAddrPort(f.Hosts()[0].Label)
	h := fleet.Host{Name: address.Addr().String(), Port: int(address.Port()), User: "me"}
	for password, want := range map[string]string{
		"simulated": "input",
		"guess":     "Sorry, try again.\nsudo: 1 incorrect password attempt\n",
	} {
		r := s.Run(context.Background(), h, Command{Line: "cat", Stdin: []byte("input"), Sudo: fleet.Secret(password), MaxOutput: 1000})
		if got := string(r.Stdout) + string(r.Stderr); got != want || (r.Status == fleet.StatusOK) != (password == "simulated") {
			t.Errorf("%s: %q, %+v", password, got, r)
		}
	}
}

// TestSudoLine has each login shell read the line that asks for sudo.
func TestSudoLine(t *testing.T) {
	t.Setenv("PATH", filepath.Dir(withSudo(t))+":"+os.Getenv("PATH"))
	const line = `printf '%s' "it's! $((1+1)) "; cat`
	for _, shell := range shells {
		t.Run(shell[0], func(t *testing.T) {
			tier.Needs(t, shell[0])
			s := newStreams(Command{Line: line, Sudo: fleet.Secret("secret word"), Stdin: []byte("input"), MaxOutput: 100}, func() {}, func() {})
			words := append(shell, s.line)
			for i := range words {
				words[i] = Quote(words[i])
			}
			s.line = "exec " + strings.Join(words, " ")
			c, err := startShell(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			var fed sync.WaitGroup
			fed.Go(func() { s.feed(c) })
			s.stdout.fill(&s.stdout, c)
			exit := c.Wait()
			s.stderrEnded()
			fed.Wait()
			if exit.Code != 0 || string(s.stdout.data) != "it's! 2 input" || len(s.stderr.data) > 0 {
				t.Errorf("%v: %q, %q", exit, s.stdout.data, s.stderr.data)
			}
		})
	}
}

// TestSudoWords has the words come cut in every way, and among what looks like their beginnings.
func TestSudoWords(t *testing.T) {
	for step := 1; step < 80; step++ {
		to := stream{most: 1000, began: func() {}}
		input := make(chan []byte, 2)
		s := newSudo(Command{Sudo: fleet.Secret("pass"), Stdin: []byte("in")}, &to, input)
		text := "lecture\n" + s.prompt[:20] + s.prompt + "sorry" + s.through[:25] + "\n" + s.prompt[:1] + s.through + "says " + s.prompt[:9] + " " + s.through[:3]
		for rest := text; rest != ""; {
			n, _ := s.Write([]byte(rest[:min(step, len(rest))]))
			rest = rest[n:]
		}
		s.stderrEnded()
		want := "lecture\n" + s.prompt[:20] + "sorry" + s.through[:25] + "\n" + s.prompt[:1] + "says " + s.prompt[:9] + " " + s.through[:3]
		var sent []byte
		for data := range input {
			sent = append(sent, data...)
		}
		if string(to.data) != want || string(sent) != "pass\nin" {
			t.Fatalf("by %d: %q, want %q; sent %q", step, to.data, want, sent)
		}
	}
}

// TestSudoHeldBack holds that what only began like a word comes out, at the latest at the end.
func TestSudoHeldBack(t *testing.T) {
	to := stream{most: 1000, began: func() {}}
	s := newSudo(Command{Sudo: fleet.Secret("pass")}, &to, make(chan []byte, 2))
	io.WriteString(s, "x"+s.prompt[:25])
	if string(to.data) != "x" {
		t.Errorf("%q", to.data)
	}
	s.stderrEnded()
	if string(to.data) != "x"+s.prompt[:25] {
		t.Errorf("%q", to.data)
	}
}
