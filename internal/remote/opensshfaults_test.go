package remote

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
	"muster/internal/tier"
)

// behindIt is the fault of a host that closes the connection once the command has ended, which ssh may take for its loss.
const behindIt = "closes the connection behind it"

// opensshDiffers are the faults in which ssh does not tell all that there is to know, or whose host is another for it.
var opensshDiffers = map[string]fault{
	behindIt: {host: fakeHost{session: func(ch ssh.Channel, r *ssh.Request, c *ssh.Conn) {
		r.Reply(true, nil)
		io.WriteString(ch, "all")
		exitStatus(ch, 0)
		ch.Close()
		(*c).Wait() // for ssh to say good-bye; see TestOpenSSHGoodbye
	}}, status: fleet.StatusOK},
	"F21 closed instead of exec": {status: fleet.StatusProtocol, phase: fleet.PhaseSession},
	"F24 exit status cut":        {status: fleet.StatusProtocol, phase: fleet.PhaseExec},
	"F24 exit signal cut":        {status: fleet.StatusExit, phase: fleet.PhaseExec, code: -1},
	"hangs up at exec":           {status: fleet.StatusClosed, phase: fleet.PhaseOutput}, // it says so on stderr
}

// knownLines are the lines of known_hosts that vouch for a host's pins.
func knownLines(t *testing.T, h fleet.Host) string {
	t.Helper()
	var lines []byte
	for _, pin := range h.Way().Pins {
		public, err := ssh.ParsePublicKey(pin)
		if err != nil {
			t.Fatal(err)
		}
		lines = fmt.Appendf(lines, "[%s]:%d %s", h.Name, h.Port, ssh.MarshalAuthorizedKey(public))
	}
	return string(lines)
}

// TestOpenSSHFaults has hosts do to the system's ssh what they do to ours, and the same must come of it, but for the words.
func TestOpenSSHFaults(t *testing.T) {
	noLeak(t)
	_, key := newKey(t)
	known := filepath.Join(t.TempDir(), "known_hosts")
	args := []string{"-i", writeTemp(t, string(key)), "-oUserKnownHostsFile=" + known, "-oKexAlgorithms=curve25519-sha256"}
	cfg := OpenSSHConfig{Args: args, ConnectTimeout: time.Minute, CommandTimeout: time.Minute}
	hastyConnect, hastyCommand := cfg, cfg
	hastyConnect.ConnectTimeout, hastyCommand.CommandTimeout = 2*testTimeout, testTimeout

	var lines string
	var visits []func()
	patient, connect, command := newOpenSSH(t, cfg), newOpenSSH(t, hastyConnect), newOpenSSH(t, hastyCommand)
	for _, f := range faults {
		f.text = ""
		if differs, ok := opensshDiffers[f.name]; ok {
			f.status, f.phase, f.code = differs.status, differs.phase, differs.code
			if differs.host.session != nil {
				f.host = differs.host
			}
		}
		var h fleet.Host
		if f.raw != nil {
			h, _ = serve(t, f.raw)
		} else {
			h, _ = f.host.serve(t)
		}
		lines += knownLines(t, h)
		o := patient
		switch {
		case f.status == fleet.StatusTimeout && f.inCommand():
			o = command
		case f.status == fleet.StatusTimeout:
			o = connect
		}
		visits = append(visits, func() {
			t.Run(f.name, func(t *testing.T) {
				start := time.Now()
				r := o.Run(context.Background(), h, Command{Line: "x", MaxOutput: 1000, Stdin: f.stdin})
				f.check(t, r, time.Since(start))
				if r.Attempts != 1 || r.Address != h.Address() {
					t.Errorf("%d attempts at %q", r.Attempts, r.Address)
				}
			})
		})
	}
	if err := os.WriteFile(known, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, visit := range visits {
		all.Go(visit)
	}
	all.Wait()
}

// Where the host is gone before ssh can say good-bye to it, ssh says no more how the command ended, but that it lost the
// connection: so says the record, unless ssh was faster. What the command wrote is there.
func TestOpenSSHGoodbye(t *testing.T) {
	noLeak(t)
	h, _ := faults[slices.IndexFunc(faults, func(f fault) bool { return f.name == behindIt })].host.serve(t)
	_, key := newKey(t)
	known := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(known, []byte(knownLines(t, h)), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := OpenSSHConfig{Args: []string{"-i", writeTemp(t, string(key)), "-oUserKnownHostsFile=" + known}, ConnectTimeout: time.Minute, CommandTimeout: time.Minute}
	r := newOpenSSH(t, cfg).Run(context.Background(), h, Command{Line: "x", MaxOutput: 1000})
	lost := r.Status == fleet.StatusClosed && r.Phase == fleet.PhaseOutput && r.Err != ""
	if !lost && (r.Status != fleet.StatusOK || r.ExitCode != 0) || string(r.Stdout) != "all" {
		t.Errorf("%+v", r)
	}
}

// A connection that ends after n bytes is never ok with half an answer.
func TestF28OpenSSHCut(t *testing.T) {
	noLeak(t)
	h, _ := fakeHost{}.serve(t)
	ok := 0
	for n := 1; n < 2000; n += tier.Times(293, 97, 7) { // a visit takes 1500
		cut := relay(t, h, func(before int, p []byte) ([]byte, bool) {
			return p[:min(len(p), max(0, n-before))], before+len(p) < n
		})
		args := []string{"-oUserKnownHostsFile=" + writeTemp(t, knownLines(t, cut)), "-oKexAlgorithms=curve25519-sha256"}
		o := newOpenSSH(t, OpenSSHConfig{Args: args, ConnectTimeout: time.Minute, CommandTimeout: time.Minute})
		r := o.Run(context.Background(), cut, Command{Line: "x", MaxOutput: 100})
		switch r.Status {
		case fleet.StatusClosed, fleet.StatusProtocol:
		case fleet.StatusOK:
			ok++
			if string(r.Stdout) != "hello\n" {
				t.Errorf("ok with %d bytes, %q", n, r.Stdout)
			}
		default:
			t.Errorf("cut at %d: %+v", n, r)
		}
	}
	if ok == 0 {
		t.Error("never ok")
	}
}
