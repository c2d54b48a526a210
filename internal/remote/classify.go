package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// failure says how a visit failed in its present phase, where err is what the library makes of it: often no more than
// EOF, and never to be trusted before the clock and the connection itself.
func (w *watched) failure(ctx context.Context, err error) *failure {
	w.mu.Lock()
	defer w.mu.Unlock()
	ended := w.readErr
	if ended == nil {
		ended = w.writeErr
	}
	hungUp := ended != nil && !errors.Is(ended, net.ErrClosed)
	f := &failure{phase: w.phase}
	switch {
	case ctx.Err() != nil:
		f.status, f.text = fleet.StatusCanceled, "stopped"
	case errors.Is(ended, os.ErrDeadlineExceeded), !hungUp && w.late():
		f.status, f.text = fleet.StatusTimeout, fmt.Sprintf("not done within %v", w.limit)
		if w.phase == fleet.PhaseBanner && w.lines.count > 0 {
			f.text += fmt.Sprintf(", it said %q", w.lines.said())
		}
	case w.refused != nil:
		return w.refused
	case w.phase == fleet.PhaseBanner && w.lines.count > 0 && !w.lines.version():
		w.foreign(f)
	case hungUp:
		f.status, f.text, f.again = fleet.StatusClosed, hangUp(ended), w.phase.BeforeAuth()
	default:
		w.library(f, err)
	}
	return f
}

// busy is how sshd says, in place of a version line, that it takes no more connections just now.
const busy = "Exceeded MaxStartups"

// foreign is the failure of a peer that ended with something else than a version line.
func (w *watched) foreign(f *failure) {
	if strings.HasPrefix(string(w.lines.said()), busy) {
		f.status, f.text, f.again = fleet.StatusClosed, "the host takes no more connections just now ("+busy+")", true
		return
	}
	f.status, f.text = fleet.StatusProtocol, fmt.Sprintf("not SSH: it said %q", w.lines.said())
	if w.lines.count > maxPreamble {
		f.text = fmt.Sprintf("%v: it said %q", errPreamble, w.lines.said())
	}
}

func hangUp(err error) string {
	if errors.Is(err, errReset) {
		return "connection reset by the host"
	}
	return "connection closed by the host"
}

// library is the failure of a visit whose connection still stood when the library gave up.
func (w *watched) library(f *failure, err error) {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ssh: handshake failed: "), "ssh: ")
	f.status, f.text = fleet.StatusProtocol, clip(text)
	_, refused := errors.AsType[*ssh.OpenChannelError](err)
	switch {
	case refused:
		f.text = clip("session refused: " + text)
	case w.phase == fleet.PhaseAuth && strings.HasPrefix(text, "unable to authenticate"),
		w.phase == fleet.PhaseAuth && strings.HasPrefix(text, "disconnect, reason"),
		w.phase == fleet.PhaseAuth && errors.Is(err, errAgent):
		f.status = fleet.StatusAuth
	case strings.HasPrefix(text, "disconnect, reason"):
		f.status, f.again = fleet.StatusClosed, w.phase.BeforeAuth()
	}
}
