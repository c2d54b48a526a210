package remote

import (
	"fmt"
	"slices"
	"strings"

	"muster/internal/fleet"
)

// explain adds to the failure of a visit that was not let in what the host wants, and what it was given.
func (t *trial) explain(f *failure) {
	agent := t.login.agent
	switch {
	case f.phase != fleet.PhaseAuth || f.status == fleet.StatusCanceled:
	case agent != nil && agent.lacks.Load(): // with its keys the host might let us in
		f.status, f.text = fleet.StatusLocal, "the ssh agent cannot be reached: this machine has run out of something"
	case f.status == fleet.StatusTimeout && t.unsigned != nil: // it took all the time
		f.text = clip(fmt.Sprintf("%s: %v", f.text, t.unsigned))
	case f.status == fleet.StatusAuth:
		text := f.text
		if wanted := t.state.AllowedMethods; len(wanted) > 0 {
			text = clip("the host wants " + strings.Join(wanted, ","))
		}
		f.text = strings.Join(append([]string{text}, t.given()...), "; ")
	}
}

// given says what became of each of our methods that the host has.
func (t *trial) given() (said []string) {
	wants := func(method string) bool {
		return slices.Contains(t.state.AllowedMethods, method) || slices.Contains(t.state.TriedMethods, method)
	}
	if passed := t.state.PartialSuccessMethods; len(passed) > 0 {
		said = append(said, clip(strings.Join(passed, ",")+" was accepted"))
	}
	if wants(fleet.MethodKeys) {
		said = append(said, t.shown()...)
	}
	if wants(fleet.MethodInteractive) || wants(fleet.MethodPassword) {
		switch {
		case t.why != "":
			said = append(said, t.why)
		case t.sent:
			said = append(said, "the password was refused")
		case len(t.password) == 0:
			said = append(said, "no password is known (--ask-pass)")
		}
	}
	if !slices.ContainsFunc(authMethods, wants) && len(t.state.AllowedMethods) > 0 {
		said = append(said, "none of it is spoken here (--transport openssh)")
	}
	return said
}

// shown says how keys fared.
func (t *trial) shown() (said []string) {
	switch {
	case len(t.login.offers) > 0 && t.offers == nil: // it did not come to that
		return nil
	case t.unsigned != nil:
		said = append(said, clip(fmt.Sprintf("a key could not sign: %v", t.unsigned)))
	case slices.Contains(t.state.PartialSuccessMethods, fleet.MethodKeys):
	case t.offered == 1:
		said = append(said, "one key was refused")
	case t.offered > 0:
		said = append(said, fmt.Sprintf("%d keys were refused", t.offered))
	default:
		said = append(said, "there was no key to offer")
	}
	if t.login.asksAgent() {
		said = append(said, t.login.agent.note()...)
	}
	return said
}
