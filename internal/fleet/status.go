package fleet

// Status says in one word how a host ended.
type Status string

// The statuses a host can end with. Failure of a host is data: none of them is an error of muster's own.
const (
	StatusOK          Status = "ok"
	StatusResolve     Status = "resolve"     // its name has no address
	StatusRefused     Status = "refused"     // nobody listens there
	StatusUnreachable Status = "unreachable" // no route, or the network says so
	StatusTimeout     Status = "timeout"     // its time was up; the phase says where
	StatusClosed      Status = "closed"      // the peer hung up or reset; the phase says when
	StatusHostKey     Status = "hostkey"     // its key is unknown, changed, revoked, or its certificate is bad
	StatusAuth        Status = "auth"        // it refused every credential offered
	StatusProtocol    Status = "protocol"    // what it speaks is not SSH as we know it
	StatusExit        Status = "exit"        // the remote command ended non-zero or by a signal
	StatusOutput      Status = "output"      // it sent more than the bound
	StatusParse       Status = "parse"       // what it sent cannot be read
	StatusLost        Status = "lost"        // it brought its worker down, more than once
	StatusLocal       Status = "local"       // this machine ran out of something for longer than the host's time
	StatusSkipped     Status = "skipped"     // never started
	StatusCanceled    Status = "canceled"    // cut off in flight
)

// Statuses lists every status in the order in which reports count them.
var Statuses = []Status{
	StatusOK, StatusExit, StatusOutput, StatusParse, StatusTimeout, StatusRefused, StatusUnreachable, StatusResolve, StatusClosed, StatusHostKey, StatusAuth, StatusProtocol, StatusLost, StatusLocal,
	StatusCanceled, StatusSkipped,
}

// Failed reports whether s counts as a failure: every status but ok.
func (s Status) Failed() bool { return s != StatusOK }

// Unfinished reports whether s means that the run ended before the host did: such a host decides nothing about a run
// that was stopped on purpose.
func (s Status) Unfinished() bool { return s == StatusSkipped || s == StatusCanceled }

// Phase says how far a host had come when its outcome was decided. It is empty when the host is ok.
type Phase string

// The phases of a visit, in order.
const (
	PhaseResolve Phase = "resolve"
	PhaseConnect Phase = "connect"
	PhaseBanner  Phase = "banner"
	PhaseKex     Phase = "kex"
	PhaseAuth    Phase = "auth"
	PhaseSession Phase = "session"
	PhaseExec    Phase = "exec"
	PhaseOutput  Phase = "output"
)

// Phases lists every phase, and the empty one.
var Phases = []Phase{
	"", PhaseResolve, PhaseConnect, PhaseBanner, PhaseKex, PhaseAuth, PhaseSession, PhaseExec, PhaseOutput,
}

// BeforeAuth reports whether the host had not yet been asked to authenticate us.
func (p Phase) BeforeAuth() bool {
	switch p {
	case PhaseResolve, PhaseConnect, PhaseBanner, PhaseKex:
		return true
	}
	return false
}
