package aggregate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/internal/fleet"
)

func failed(host string, status fleet.Status, phase fleet.Phase, text string) *fleet.Outcome {
	return &fleet.Outcome{Host: host, Status: status, Phase: phase, Error: text}
}

func TestFailures(t *testing.T) {
	got := Failures([]*fleet.Outcome{
		failed("n1", fleet.StatusAuth, fleet.PhaseAuth, "no key accepted"),
		failed("n2", "unheard-of", "", ""),
		failed("n3", fleet.StatusOK, "", ""),
		failed("n4", fleet.StatusTimeout, fleet.PhaseExec, "no end"),
		failed("n5", fleet.StatusTimeout, fleet.PhaseBanner, "silent"),
		failed("n6", fleet.StatusTimeout, fleet.PhaseBanner, "silent"),
	})
	want := []Failure{
		{Status: fleet.StatusTimeout, Hosts: []string{"n4", "n5", "n6"}, Reasons: []Reason{
			{Phase: fleet.PhaseBanner, Error: "silent", Hosts: []string{"n5", "n6"}},
			{Phase: fleet.PhaseExec, Error: "no end", Hosts: []string{"n4"}},
		}},
		{Status: fleet.StatusAuth, Hosts: []string{"n1"}, Reasons: []Reason{
			{Phase: fleet.PhaseAuth, Error: "no key accepted", Hosts: []string{"n1"}},
		}},
		{Status: "unheard-of", Hosts: []string{"n2"}, Reasons: []Reason{{Hosts: []string{"n2"}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func TestFailuresLoseNoHost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.Custom(drawOutcome), 0, 30).Draw(t, "outcomes")
		want := make(map[string]int)
		for _, o := range outcomes {
			if o.Status.Failed() {
				want[o.Host]++
			}
		}
		byStatus, byReason := make(map[string]int), make(map[string]int)
		for _, f := range Failures(outcomes) {
			for _, host := range f.Hosts {
				byStatus[host]++
			}
			for _, r := range f.Reasons {
				for _, host := range r.Hosts {
					byReason[host]++
				}
			}
		}
		if diff := cmp.Diff(want, byStatus); diff != "" {
			t.Fatalf("hosts by status:\n%s", diff)
		}
		if diff := cmp.Diff(want, byReason); diff != "" {
			t.Fatalf("hosts by reason:\n%s", diff)
		}
	})
}
