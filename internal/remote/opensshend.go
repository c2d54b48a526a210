package remote

import (
	"context"
	"fmt"

	"muster/internal/child"
	"muster/internal/fleet"
)

// opensshEnd is all that is known of how ssh ended.
type opensshEnd struct {
	err    error // it could not be started
	exit   child.Exit
	said   stage
	before []string // lines on stderr from before the command was sent
	stderr []byte   // the head of the command's
}

// judge says what became of the visit. That the command did well is ssh's own exit status to say, which no text from the
// host can change.
func (v *opensshVisit) judge(ctx context.Context, timed *clock, e *opensshEnd) *failure {
	p := &e.said
	f := &failure{phase: p.phase}
	if e.err != nil {
		f.phase = fleet.PhaseResolve
	}
	limit, late := timed.late()
	switch killed := e.err != nil || e.exit.Signal != ""; {
	case killed && ctx.Err() != nil:
		f.status, f.text = fleet.StatusCanceled, "stopped"
	case e.err != nil:
		f.status, f.text = fleet.StatusLocal, clip(e.err.Error())
	case killed && late:
		f.status, f.text = fleet.StatusTimeout, fmt.Sprintf("not done within %v", limit)
	case killed, e.exit.Err != nil:
		f.status, f.text = fleet.StatusLocal, "ssh: "+e.exit.String()
	case p.closed && p.ended(e.exit.Code):
		end := ending{said: p.exited || p.signaled, code: int(p.code)}
		if !p.exited {
			end.code, end.signal = -1, "unknown" // ssh keeps its name to itself
		}
		if end.said {
			v.result.ExitCode, v.result.Signal = end.code, end.signal
		}
		return end.failure(e.stderr)
	default:
		e.explain(f)
	}
	return f
}

// ended reports whether the end of the command that the log tells of is what ssh's exit status says.
func (p *stage) ended(status int) bool {
	if p.exited {
		return status == int(p.code&0xff)
	}
	return status == 255
}
