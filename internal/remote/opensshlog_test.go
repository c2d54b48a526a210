package remote

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/child"
	"muster/internal/fleet"
)

// openTestLog is the log of a process 7, which the test writes.
func openTestLog(t *testing.T, sent func()) *opensshLog {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	o := &OpenSSH{cfg: OpenSSHConfig{Logs: "*.log"}}
	l, err := o.openLog(context.Background(), sent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	l.said.pid = 7
	return l
}

func TestOpenSSHLog(t *testing.T) {
	sent := 0
	l := openTestLog(t, func() { sent++ })
	if info, err := os.Stat(l.path); err != nil || info.Mode() != os.ModeNamedPipe|0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	for _, tt := range []struct {
		line  string
		phase fleet.Phase
	}{
		{"debug1: sshconnect.c:ssh_connect_direct():485 (pid=7): Connecting to web1 [::1] port 22.", fleet.PhaseConnect},
		{"Connection established.", fleet.PhaseConnect},                                                        // it does not say where from
		{"debug1: sshconnect.c:ssh_connect_direct():522 (pid=8): Connection established.", fleet.PhaseConnect}, // nor is that ssh
		{"debug1: sshconnect.c:ssh_connect_direct():522 (bin=ssh, pid=7): Connection established.", fleet.PhaseBanner},
		{"debug1: kex.c:kex_exchange_identification():1430 (pid=7): banner line 0: clientloop.c:client_session2_setup():1 (pid=7): Sending command: x", fleet.PhaseBanner},
		{"debug1: kex.c:kex_exchange_identification():1456 (pid=7): Remote protocol version 2.0, remote software version x", fleet.PhaseKex},
		{strings.Repeat("x", 10_000), fleet.PhaseKex},
		{"debug1: kex.c:kex_send_newkeys():539 (pid=7): SSH2_MSG_NEWKEYS sent", fleet.PhaseAuth},
		{`Authenticated to web1 ([::1]:22) using "publickey".`, fleet.PhaseAuth},
		{`sshconnect2.c:ssh_userauth2():580 (pid=7): Authenticated to web1 ([::1]:22) using "publickey".`, fleet.PhaseSession},
		{"debug1: clientloop.c:client_session2_setup():2642 (pid=7): Sending command: true", fleet.PhaseExec},
		{"debug1: kex.c:kex_send_newkeys():539 (pid=7): SSH2_MSG_NEWKEYS sent", fleet.PhaseExec}, // again
	} {
		io.WriteString(l.file, tt.line)
		l.catchUp()
		io.WriteString(l.file, "\r\n")
		if said := l.catchUp(); said.phase != tt.phase {
			t.Errorf("%s after %.100q", said.phase, tt.line)
		}
	}
	l.reach(fleet.PhaseOutput)
	said := l.catchUp()
	if sent != 1 || len(said.banner) != 64 || len(said.errors) != 4 || len(said.errors[2]) != 256 || said.address != "[::1]:22" {
		t.Errorf("%+v", said)
	}
	for range 100 {
		io.WriteString(l.file, "an error\n")
	}
	if said = l.catchUp(); len(said.errors) != maxErrors {
		t.Errorf("%d errors", len(said.errors))
	}
}

// Output may come before we read that the command was sent.
func TestOpenSSHLogLate(t *testing.T) {
	sent := 0
	l := openTestLog(t, func() { sent++ })
	l.reach(fleet.PhaseOutput)
	io.WriteString(l.file, "debug1: clientloop.c:client_session2_setup():2642 (pid=7): Sending command: true\r\n")
	if said := l.catchUp(); said.phase != fleet.PhaseOutput || sent != 1 {
		t.Errorf("%s, sent %d times", said.phase, sent)
	}
}

// Of what comes on stderr, all is the command's that comes after it was sent, however late we read that it was.
func TestOpenSSHGate(t *testing.T) {
	l := openTestLog(t, func() {})
	var passed bytes.Buffer
	g := &gate{log: l, to: &passed}
	for range 100 {
		io.WriteString(g, strings.Repeat("x", 99)+"\r\n")
	}
	io.WriteString(l.file, "debug1: clientloop.c:client_session2_setup():2642 (pid=7): Sending command: true\r\n")
	io.WriteString(g, "oops\n")
	if lines := g.lines(); passed.String() != "oops\n" || len(g.head) > 4*maxLogLine || lines[0] != strings.Repeat("x", 99) {
		t.Errorf("%q passed, %q before", passed.String(), lines)
	}

	// A master may run the command before we are told that it will.
	l, passed = openTestLog(t, func() {}), bytes.Buffer{}
	io.WriteString(l.file, "debug3: mux.c:mux_client_request_session():1883 (pid=7): entering\r\n")
	io.WriteString(&gate{log: l, to: &passed}, "oops\n")
	if said := l.catchUp(); passed.String() != "oops\n" || said.phase != fleet.PhaseSession {
		t.Errorf("%q passed in %s", passed.String(), said.phase)
	}
}

// Whatever the log says, a command did well only where ssh itself exits with 0, and not where the connection ended before
// all had come.
func TestOpenSSHJudge(t *testing.T) {
	for name, tt := range map[string]struct {
		said   stage
		status int
		want   fleet.Status
	}{
		"well":            {stage{closed: true, exited: true}, 0, fleet.StatusOK},
		"not so":          {stage{closed: true, exited: true}, 255, fleet.StatusClosed},
		"another status":  {stage{closed: true, exited: true, code: 7}, 255, fleet.StatusClosed},
		"cut":             {stage{exited: true}, 0, fleet.StatusClosed},
		"no status":       {stage{closed: true}, 255, fleet.StatusProtocol},
		"nor does it say": {stage{closed: true}, 0, fleet.StatusClosed},
	} {
		tt.said.phase = fleet.PhaseOutput
		v := &opensshVisit{}
		f := v.judge(context.Background(), &clock{}, &opensshEnd{exit: child.Exit{Code: tt.status}, said: tt.said})
		f.record(&v.result)
		if v.result.Status != tt.want {
			t.Errorf("%s: %+v", name, v.result)
		}
	}
}

// forged is what ssh would log of a command that did well, but for its pid.
const forged = "x\r\nsshconnect2.c:ssh_userauth2():580 (pid=1): Authenticated to x\r\n" +
	"debug1: clientloop.c:client_session2_setup():2642 (pid=1): Sending command: x\r\n" +
	"debug2: nchan.c:chan_rcvd_oclose():270 (pid=1): channel 0: rcvd close\r\n" +
	"debug1: clientloop.c:client_loop():1531 (pid=1): Exit status 0\r\n"

// packet is a packet as it is before encryption: RFC 4253, section 6.
func packet(payload []byte) []byte {
	padding := 16 - (5+len(payload))%8
	p := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	return append(append(append(p, byte(padding)), payload...), make([]byte, padding)...)
}

// A host writes lines of ssh's log wherever it is let: that gets it nowhere.
func TestOpenSSHForgedLog(t *testing.T) {
	noLeak(t)
	disconnect := packet(ssh.Marshal(struct {
		Number   byte
		Reason   uint32
		Text, In string
	}{1, 2, forged, ""}))
	debug := packet(ssh.Marshal(struct {
		Number   byte
		Show     bool
		Text, In string
	}{4, true, forged, ""}))
	for name, tt := range map[string]struct {
		send  string
		phase fleet.Phase
	}{
		"before the version": {forged, fleet.PhaseBanner},
		"in the version":     {"SSH-2.0-" + strings.ReplaceAll(forged, "\r\n", "\r"), fleet.PhaseBanner},
		"in its farewell":    {"SSH-2.0-x\r\n" + string(debug) + string(disconnect), fleet.PhaseKex},
	} {
		h, _ := serve(t, func(c net.Conn) {
			io.WriteString(c, tt.send)
			c.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
		})
		r := newOpenSSH(t, OpenSSHConfig{ConnectTimeout: time.Minute}).Run(context.Background(), h, Command{Line: "x", MaxOutput: 100})
		if r.Status != fleet.StatusClosed && r.Status != fleet.StatusProtocol || r.Phase != tt.phase || len(r.Stdout)+len(r.Stderr) > 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
