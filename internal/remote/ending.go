package remote

import (
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// ending is how the host says a command ended.
type ending struct {
	said   bool
	code   int
	signal string
	reason string // with signal
	wrong  string // a message that cannot be read
}

// await takes the host's requests until the session is closed. It calls said at the first about the command's end.
func (e *ending) await(requests <-chan *ssh.Request, said func()) {
	for request := range requests {
		switch request.Type {
		case "exit-status", "exit-signal":
			said()
			if !e.said {
				e.read(request)
			}
		default: // a keep-alive, for one
			if request.WantReply {
				request.Reply(false, nil)
			}
		}
	}
}

// read takes in an exit-status or exit-signal: RFC 4254, section 6.10.
func (e *ending) read(request *ssh.Request) {
	e.said = true
	if request.Type == "exit-status" {
		if len(request.Payload) != 4 {
			e.wrong = "malformed exit status"
			return
		}
		e.code = int(binary.BigEndian.Uint32(request.Payload))
		return
	}
	var msg struct {
		Signal string
		Core   bool
		Reason string
		Lang   string
	}
	if ssh.Unmarshal(request.Payload, &msg) != nil || msg.Signal == "" {
		e.wrong = "malformed exit signal"
		return
	}
	e.code, e.signal, e.reason = -1, clip(msg.Signal[:min(len(msg.Signal), 32)]), msg.Reason
}

// failure judges the ending; nil: the command ended with status 0. The first line on stderr goes into the text.
func (e *ending) failure(stderr []byte) *failure {
	f := &failure{status: fleet.StatusExit, phase: fleet.PhaseExec}
	switch {
	case !e.said:
		return &failure{status: fleet.StatusProtocol, phase: fleet.PhaseSession, text: "no exit status"}
	case e.wrong != "":
		return &failure{status: fleet.StatusProtocol, phase: fleet.PhaseSession, text: e.wrong}
	case e.signal != "":
		f.text = "ended by signal " + e.signal
		if e.reason != "" {
			f.text += ": " + e.reason
		}
	case e.code != 0:
		f.text = fmt.Sprintf("exit status %d", e.code)
	default:
		return nil
	}
	if line, _, _ := strings.Cut(strings.TrimSpace(string(stderr)), "\n"); line != "" {
		f.text += ": " + line
	}
	f.text = clip(f.text)
	return f
}
