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
	broke := w.broke()
	f := &failure{phase: w.phase}
	switch {
	case ctx.Err() != nil:
		f.status, f.text = fleet.StatusCanceled, "stopped"
	case errors.Is(broke, os.ErrDeadlineExceeded), broke == nil && w.late():
		f.status, f.text = fleet.StatusTimeout, fmt.Sprintf("not done within %v", w.limit)
		if w.phase == fleet.PhaseBanner && w.lines.count > 0 {
			f.text += fmt.Sprintf(", it said %q", w.lines.said())
		}
	case w.refused != nil:
		return w.refused
	case w.phase == fleet.PhaseBanner && w.lines.count > 0 && !w.lines.version():
		w.foreign(f)
	case broke == nil || disconnected(err):
		w.gaveUp(f, err)
	default:
		f.status, f.text, f.again = fleet.StatusClosed, hangUp(broke), w.phase.BeforeAuth()
	}
	return f
}

// broke is the error by which the connection ended, if it was not us who closed it. w.mu must be held.
func (w *watched) broke() error {
	for _, err := range []error{w.readErr, w.writeErr} {
		if err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
	}
	return nil
}

// How sshd says, in place of a version line, that it has no time for us.
const (
	busy = "Exceeded MaxStartups"     // just now
	shut = "Not allowed at this time" // for longer: too many logins from here have failed (PerSourcePenalties)
)

// foreign is the failure of a peer that ended with something else than a version line.
func (w *watched) foreign(f *failure) {
	said := string(w.lines.said())
	f.foreign(said)
	if f.status == fleet.StatusProtocol && w.lines.count > maxPreamble {
		f.text = fmt.Sprintf("%v: it said %q", errPreamble, said)
	}
}

// foreign is the failure of a peer that said something else than a version line, and hung up.
func (f *failure) foreign(said string) {
	switch {
	case strings.HasPrefix(said, busy):
		f.status, f.text, f.again = fleet.StatusClosed, fmt.Sprintf("too many connections to the host: it said %q", said), true
	case strings.HasPrefix(said, shut):
		f.status, f.text = fleet.StatusClosed, fmt.Sprintf("the host shuts us out: it said %q", said)
	default:
		f.status, f.text = fleet.StatusProtocol, fmt.Sprintf("not SSH: it said %q", said)
	}
}

func hangUp(err error) string {
	if errors.Is(err, errReset) {
		return "connection reset by the host"
	}
	return "connection closed by the host"
}

// gaveUp is the failure of a visit that the library gave up.
func (w *watched) gaveUp(f *failure, err error) {
	f.status, f.text = fleet.StatusProtocol, clip(plain(err))
	_, refused := errors.AsType[*ssh.OpenChannelError](err)
	inAuth := w.phase == fleet.PhaseAuth
	switch {
	case refused:
		f.text = clip("session refused: " + plain(err))
	case inAuth && notLetIn(err):
		f.status = fleet.StatusAuth
	case disconnected(err):
		f.status, f.again = fleet.StatusClosed, w.phase.BeforeAuth()
	}
}

// notLetIn reports whether an error in authentication is that of a host which has refused us.
func notLetIn(err error) bool {
	return disconnected(err) || errors.Is(err, errAgent) || errors.Is(err, errKept) ||
		strings.HasPrefix(plain(err), "unable to authenticate") ||
		strings.HasSuffix(plain(err), "unexpected message type 51 (expected 60)") || // keyboard-interactive failed before it asked
		strings.HasPrefix(plain(err), "no common public key signature algorithm")
}

// disconnected reports whether the peer said that it hangs up. That error has a type, but not one that is exported.
func disconnected(err error) bool { return strings.HasPrefix(plain(err), "disconnect, reason") }

// plain is an error's text without what the library puts before all of them.
func plain(err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ssh: handshake failed: "), "ssh: ")
}
