package remote

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"muster/internal/fleet"
)

// stage is what ssh has said in its log. Most of its log is for our eyes: ssh is asked for the words of some of its
// functions, and puts before each where it comes from:
//
//	debug1: clientloop.c:client_loop():1531 (pid=9432): Exit status 7
//
// None of these functions says more than one line of what it has from the host, so a host that does not know ssh's pid
// cannot write such a line. All else in the log is an error message, and may have text from the host in it.
type stage struct {
	pid  int
	sent func() // called when the command has been

	phase   fleet.Phase
	proxied bool   // another program connects
	mux     bool   // a master runs the command
	address string // ip:port
	hostKey string // type and fingerprint
	banner  string // what came in place of a version line, the first of it

	closed   bool   // the host has closed the session: all output has come
	exited   bool   // the command has, with code
	code     uint32 // of which ssh itself exits with 8 bits
	signaled bool   // a signal ended the command

	errors []string
}

// maxErrors is how many error messages are kept. The longest, about a host key that has changed, is of 15 lines.
const maxErrors = 20

// sayings are the words, and the functions that say them.
var sayings = []struct {
	function, words string
	note            func(p *stage, rest string)
}{
	{"ssh_connect_direct", "Connecting to ", (*stage).connecting},
	{"ssh_connect_direct", "Connection established", reaches(fleet.PhaseBanner)},
	{"ssh_proxy_connect", "Executing proxy command", (*stage).viaProxy},
	{"ssh_proxy_fdpass_connect", "Executing proxy dialer command", (*stage).viaProxy},
	{"kex_exchange_identification", "Local version string", reaches(fleet.PhaseBanner)},
	{"kex_exchange_identification", "banner line 0: ", func(p *stage, rest string) { p.banner = rest[:min(len(rest), 64)] }},
	{"kex_exchange_identification", "Remote protocol version", reaches(fleet.PhaseKex)},
	{"verify_host_key", "Server host key: ", func(p *stage, rest string) { p.hostKey = rest }},
	{"kex_send_newkeys", "SSH2_MSG_NEWKEYS sent", reaches(fleet.PhaseAuth)}, // the host key was accepted
	{"ssh_userauth2", "Authenticat", reaches(fleet.PhaseSession)},
	{"client_session2_setup", "Sending command", reaches(fleet.PhaseExec)},
	{"client_input_channel_req", "client_input_channel_req: channel 0 rtype exit-status", func(p *stage, _ string) { p.exited = true }},
	{"client_input_channel_req", "client_input_channel_req: channel 0 rtype exit-signal", func(p *stage, _ string) { p.signaled = true }},
	{"chan_rcvd_oclose", "channel 0: rcvd close", func(p *stage, _ string) { p.closed = true }},
	{"client_loop", "Transferred: ", ignored},
	{"client_loop", "Bytes per second: ", ignored},
	{"client_loop", "Exit status ", (*stage).status},
	{"mux_client_request_session", "entering", func(p *stage, _ string) { p.mux = true; p.reach(fleet.PhaseSession) }},
	{"mux_client_request_session", "master session id", reaches(fleet.PhaseExec)},
	{"mux_client_request_session", "Control master terminated", func(p *stage, _ string) { p.closed = true }}, // or the session was, with a signal
	{"mux_client_request_session", "Received exit status from master ", (*stage).mastered},

	// These complain where else they would be silent, at this level.
	{"channel_input_open_failure", "", (*stage).complain},
	{"server_alive_check", "", (*stage).complain},
	{"sshpkt_vfatal", "", (*stage).complain},
}

// logVerbose is the value of ssh's option LogVerbose that has it say them.
func logVerbose() string {
	var patterns []string
	for _, s := range sayings {
		patterns = append(patterns, "*:"+s.function+"():*")
	}
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(patterns))), ",")
}

// read takes in a line of the log.
func (p *stage) read(line string) {
	from, words, ours := strings.Cut(line, fmt.Sprintf("pid=%d): ", p.pid))
	if !ours {
		p.complain(line)
		return
	}
	for _, s := range sayings {
		if rest, said := strings.CutPrefix(words, s.words); said && strings.Contains(from, ":"+s.function+"():") {
			s.note(p, rest)
			return
		}
	}
	if !strings.HasPrefix(from, "debug") {
		p.complain(words)
	}
}

func ignored(*stage, string) {}

func reaches(phase fleet.Phase) func(*stage, string) {
	return func(p *stage, _ string) { p.reach(phase) }
}

// reach says that the visit has come as far as phase. It never goes back: keys are exchanged again, for one.
func (p *stage) reach(phase fleet.Phase) {
	if !p.before(phase) {
		return
	}
	waiting := p.before(fleet.PhaseExec)
	p.phase = phase
	if waiting && !p.before(fleet.PhaseExec) {
		p.sent()
	}
}

// before reports whether the visit has not come as far as phase.
func (p *stage) before(phase fleet.Phase) bool {
	return slices.Index(fleet.Phases, p.phase) < slices.Index(fleet.Phases, phase)
}

// connecting reads "NAME [ADDRESS] port PORT.".
func (p *stage) connecting(rest string) {
	p.reach(fleet.PhaseConnect)
	_, rest, _ = strings.Cut(rest, " [")
	ip, port, _ := strings.Cut(strings.TrimSuffix(rest, "."), "] port ")
	if _, err := netip.ParseAddr(ip); err == nil {
		p.address = net.JoinHostPort(ip, port)
	}
}

func (p *stage) viaProxy(string) {
	p.proxied = true
	p.reach(fleet.PhaseConnect)
}

// status reads the command's exit status, which ssh shows with a sign.
func (p *stage) status(rest string) {
	code, _ := strconv.ParseInt(rest, 10, 64)
	p.code = uint32(code)
}

// mastered is the end of a session that a master had.
func (p *stage) mastered(rest string) {
	p.closed, p.exited = true, true
	p.status(rest)
}

// complain keeps an error message.
func (p *stage) complain(line string) {
	if len(p.errors) < maxErrors {
		p.errors = append(p.errors, clip(line))
	}
}
