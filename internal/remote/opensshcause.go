package remote

import (
	"strings"
	"syscall"

	"muster/internal/fleet"
)

// opensshCauses are the words with which ssh says why it failed, and the phase in which it says so; empty: any.
var opensshCauses = []struct {
	words  string
	phase  fleet.Phase
	status fleet.Status
}{
	{"Could not resolve hostname", fleet.PhaseResolve, fleet.StatusResolve},
	{"Name or service not known", fleet.PhaseConnect, fleet.StatusResolve}, // by a jump host
	{"Host key verification failed", fleet.PhaseKex, fleet.StatusHostKey},
	{"Permission denied (", fleet.PhaseAuth, fleet.StatusAuth},
	{"Disconnected from", fleet.PhaseAuth, fleet.StatusAuth},
	{"Disconnected from", "", fleet.StatusClosed},
	{"Connection closed", "", fleet.StatusClosed},
	{"Connection reset", "", fleet.StatusClosed},
	{"Broken pipe", "", fleet.StatusClosed},
	{"timed out", "", fleet.StatusTimeout},
	{"not responding", "", fleet.StatusTimeout},
}

// connectErrors are those that mean something else than that a host is unreachable.
var connectErrors = []syscall.Errno{
	syscall.ECONNREFUSED, syscall.EADDRNOTAVAIL, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
}

// opensshCause is what a message means that ssh ends with in a phase (empty: any), or "".
func opensshCause(message string, phase fleet.Phase) fleet.Status {
	if strings.HasPrefix(message, "Received disconnect") { // these are the host's words; ssh's own follow
		return ""
	}
	for _, c := range opensshCauses {
		if strings.Contains(message, c.words) && (c.phase == "" || phase == "" || c.phase == phase) {
			return c.status
		}
	}
	if phase != "" && phase != fleet.PhaseConnect {
		return ""
	}
	for _, number := range connectErrors {
		if strings.HasSuffix(strings.ToLower(message), number.Error()) {
			status, _ := Meaning(number)
			return status
		}
	}
	if strings.Contains(message, "connect to ") || strings.Contains(message, "open failed") {
		return fleet.StatusUnreachable
	}
	return ""
}

// explain fills in the failure of an ssh that gave up by itself.
func (e *opensshEnd) explain(f *failure) {
	said, phase := e.said.errors, f.phase
	f.status = fleet.StatusProtocol
	switch {
	case phase == fleet.PhaseBanner && e.said.banner != "":
		f.foreign(e.said.banner)
		return
	case phase == fleet.PhaseBanner && e.said.proxied && len(e.before) > 0: // nobody answered: who was to connect knows why
		said, phase, f.phase = e.before, "", fleet.PhaseConnect
	case phase == fleet.PhaseResolve:
		f.status = fleet.StatusLocal // as where it does not like its options, for which it has no log yet
		said = append(said, e.before...)
	case len(said) == 0:
		f.status, said = fleet.StatusClosed, []string{"connection closed by the host"}
	}
	for _, message := range said {
		if status := opensshCause(message, phase); status != "" {
			f.status = status
			break
		}
	}
	f.again = f.status == fleet.StatusClosed && f.phase.BeforeAuth()
	f.text = clip(e.reason(f.status, said))
}

// reason is what of the messages tells more than the status does, the most telling first.
func (e *opensshEnd) reason(status fleet.Status, said []string) string {
	if status != fleet.StatusHostKey {
		return strings.Join(said, "; ")
	}
	telling := []string{"host key refused: " + e.said.hostKey}
	for _, line := range said { // there is a box of @ around it, and advice
		if strings.Contains(line, "strict checking") || strings.HasPrefix(line, "Offending") || strings.Contains(line, "evoked") {
			telling = append(telling, line)
		}
	}
	return strings.Join(telling, "; ")
}
