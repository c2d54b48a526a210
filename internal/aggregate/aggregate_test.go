package aggregate

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/internal/fleet"
	"muster/internal/stats"
)

func ok(load, percent float64, total, used int64) *fleet.Outcome {
	return &fleet.Outcome{Status: fleet.StatusOK, Reading: fleet.Reading{
		Load1PerCPU: &load, MemUsedPercent: &percent, MemTotalBytes: &total, MemUsedBytes: &used,
	}}
}

func summarise(outcomes ...*fleet.Outcome) Summary {
	var a Aggregate
	for _, o := range outcomes {
		a.Add(o)
	}
	return a.Summary()
}

func TestSummary(t *testing.T) {
	total, used := int64(300), int64(110)
	want := Summary{
		Hosts:          4,
		ByStatus:       map[fleet.Status]int{fleet.StatusOK: 2, fleet.StatusRefused: 2},
		Load1PerCPU:    &stats.Distribution{Min: 0.25, P50: 0.25, P90: 0.75, P95: 0.75, P99: 0.75, Max: 0.75, Mean: 0.5},
		MemUsedPercent: &stats.Distribution{Min: 10, P50: 10, P90: 50, P95: 50, P99: 50, Max: 50, Mean: 30},
		MemTotalBytes:  &total,
		MemUsedBytes:   &used,
	}
	refused := &fleet.Outcome{Status: fleet.StatusRefused}
	got := summarise(refused, ok(0.75, 50, 200, 100), refused, ok(0.25, 10, 100, 10))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestSummaryOfNothing(t *testing.T) {
	got, err := json.Marshal(summarise())
	if want := `{"hosts":0,"by_status":{}}`; string(got) != want || err != nil {
		t.Errorf("summary of nothing = %s, %v, want %s", got, err, want)
	}
}

func TestTotalsStopAtTheGreatestSum(t *testing.T) {
	s := summarise(ok(0, 0, math.MaxInt64, 1), ok(0, 0, math.MaxInt64, 1))
	if *s.MemTotalBytes != math.MaxInt64 || *s.MemUsedBytes != 2 {
		t.Errorf("totals %d and %d", *s.MemTotalBytes, *s.MemUsedBytes)
	}
}

func drawOutcome(t *rapid.T) *fleet.Outcome {
	figure := rapid.Ptr(rapid.Float64Range(0, 1e6), true)
	bytes := rapid.Ptr(rapid.Int64Min(0), true)
	return &fleet.Outcome{
		Host:   rapid.StringMatching("[a-c][0-9]").Draw(t, "host"),
		Status: rapid.SampledFrom(fleet.Statuses).Draw(t, "status"),
		Phase:  rapid.SampledFrom([]fleet.Phase{"", fleet.PhaseConnect, fleet.PhaseAuth}).Draw(t, "phase"),
		Error:  rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "error"),
		Reading: fleet.Reading{
			Load1PerCPU:    figure.Draw(t, "load"),
			MemUsedPercent: figure.Draw(t, "percent"),
			MemTotalBytes:  bytes.Draw(t, "total"),
			MemUsedBytes:   bytes.Draw(t, "used"),
		},
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.Custom(drawOutcome), 0, 20).Draw(t, "outcomes")
		permuted := rapid.Permutation(outcomes).Draw(t, "permuted")
		if diff := cmp.Diff(summarise(outcomes...), summarise(permuted...)); diff != "" {
			t.Fatalf("summary depends on the order:\n%s", diff)
		}
	})
}

func TestStatusesCountEveryHostOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.Custom(drawOutcome), 0, 20).Draw(t, "outcomes")
		s := summarise(outcomes...)
		sum := 0
		for _, n := range s.ByStatus {
			sum += n
		}
		if sum != len(outcomes) || s.Hosts != len(outcomes) {
			t.Fatalf("%d outcomes: %d hosts, %d by status", len(outcomes), s.Hosts, sum)
		}
	})
}

// Of the fields that records bring there are figures for as many names as there is room for, the first that came, each
// over all hosts that have it.
func TestExtraIsBounded(t *testing.T) {
	var a Aggregate
	for host := range 3 {
		extra := map[string]float64{}
		for i := range maxExtra - 1 + host { // the second host fills the room, the third has a name too many
			extra[fmt.Sprintf("f%03d", i)] = float64(host)
		}
		a.Add(&fleet.Outcome{Status: fleet.StatusOK, Extra: extra})
	}
	a.Add(&fleet.Outcome{Status: fleet.StatusOK, Extra: map[string]float64{"": 1, "f000": 5}})
	got := a.Summary().Extra
	if len(got) != maxExtra || got["f064"] != nil || got[""] != nil {
		t.Errorf("%d names, %v", len(got), got)
	}
	for name, want := range map[string]stats.Distribution{
		"f000": {Min: 0, P50: 1, P90: 5, P95: 5, P99: 5, Max: 5, Mean: 2},
		"f063": {Min: 1, P50: 1, P90: 2, P95: 2, P99: 2, Max: 2, Mean: 1.5},
	} {
		if diff := cmp.Diff(&want, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
