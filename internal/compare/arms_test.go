package compare

import (
	"slices"
	"strings"
	"testing"

	"muster/internal/strategy"
)

func names(arms []Arm) string {
	var all []string
	for _, a := range arms {
		all = append(all, a.Name())
	}
	return strings.Join(all, "; ")
}

func TestArms(t *testing.T) {
	two := strategy.Limits{Hosts: 1000, Cores: 2, Files: 20000, Workers: 1000}
	for _, c := range []struct {
		workload string
		choice   Choice
		limits   strategy.Limits
		want     string
	}{
		{"cpu", Choice{}, two, "serial; async -f 8; threads -n 2; processes -n 2; threads -n 4; processes -n 4; threads -n 8; processes -n 8"},
		{"stats", Choice{}, two, "serial; threads -n 8; processes -n 8; async -f 64; threads -n 2 -f 32; hybrid -n 2 -f 32; hybrid -n 8 -f 8"},
		{"script", Choice{}, two, "serial; threads -n 2; processes -n 2; threads -n 4; processes -n 4; threads -n 8; processes -n 8"},
		{
			"mixed",
			Choice{Strategies: []string{"serial", "async"}, Fanouts: []int{4}},
			two,
			"cpu: serial; cpu: async -f 4; disk: serial; disk: async -f 4; net: serial; net: async -f 4; together: serial; together: async -f 4",
		},
		{
			"net",
			Choice{Strategies: []string{"hybrid", "serial"}, Chunks: []int{1, 4}, Fanouts: []int{1, 16}},
			two,
			"hybrid -n 1 -f 1; hybrid -n 1 -f 16; hybrid -n 4 -f 1; hybrid -n 4 -f 16; serial",
		},
		{"net", Choice{Chunks: []int{4}}, two, "serial; threads -n 4; threads -n 4 -f 16; processes -n 4; async -f 16; hybrid -n 4 -f 16"},
		// what becomes alike is one, unless it was asked for
		{"cpu", Choice{Strategies: []string{"threads"}, Chunks: []int{2, 4, 8}}, strategy.Limits{Hosts: 3, Cores: 2, Files: 20000, Workers: 1000}, "threads -n 2; threads -n 2 -f 2; threads -n 3"},
		{"cpu", Choice{Strategies: []string{"serial", "serial"}}, two, "serial; serial (2)"},
		{"cpu", Choice{Strategies: []string{"threads", "threads"}, Chunks: []int{2}, Fanouts: []int{1}}, two, "threads -n 2; threads -n 2 (2)"},
	} {
		arms, _, err := Arms(c.choice, FormOf(c.workload), c.limits)
		if got := names(arms); err != nil || got != c.want {
			t.Errorf("%s %+v:\n got %s, %v\nwant %s", c.workload, c.choice, got, err, c.want)
		}
	}
}

func TestArmsRefused(t *testing.T) {
	for _, c := range []struct {
		workload string
		choice   Choice
		files    int
		want     string
	}{
		{"cpu", Choice{Strategies: []string{"fast"}}, 20000, "unknown strategy"},
		{"cpu", Choice{Strategies: []string{"processes"}, Chunks: []int{600}}, 20000, "processes: 600 chunks, of which only 512"},
		{"script", Choice{Fanouts: []int{4}}, 20000, "a script takes its whole chunk at once"},
		{"script", Choice{Strategies: []string{"hybrid"}}, 20000, "a script takes its whole chunk at once"},
	} {
		_, _, err := Arms(c.choice, FormOf(c.workload), strategy.Limits{Hosts: 1000, Cores: 2, Files: c.files, Workers: 1000})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %+v: %v, want %q", c.workload, c.choice, err, c.want)
		}
	}
}

// The few arms of every workload, on any machine, are matched: those that are not alone in what they have in flight.
func TestFewAreMatched(t *testing.T) {
	for _, workload := range Workloads() {
		for cores := 1; cores <= 64; cores *= 2 {
			arms, _, err := Arms(Choice{}, FormOf(workload), strategy.Limits{Hosts: 1000, Cores: cores, Files: 20000, Workers: 1000})
			if err != nil || !slices.ContainsFunc(arms, func(a Arm) bool { return a.Strategy == "serial" }) {
				t.Fatalf("%s on %d cores: %s, %v", workload, cores, names(arms), err)
			}
			levels := map[int]int{}
			for _, a := range arms {
				levels[a.InFlight(1000)]++
			}
			for level, n := range levels {
				if n < 2 && level > 1 {
					t.Errorf("%s on %d cores: alone with %d in flight: %s", workload, cores, level, names(arms))
				}
			}
		}
	}
}

func TestArgs(t *testing.T) {
	for arm, want := range map[Arm]string{
		{Strategy: "serial", Chunks: 1, Fanout: 1}:                  "--strategy serial",
		{Strategy: "hybrid", Chunks: 4, Fanout: 64}:                 "-n 4 -f 64",
		{Strategy: "hybrid", Chunks: 4, Fanout: 1}:                  "-n 4 -f 1",
		{Strategy: "threads", Chunks: 4, Fanout: 1}:                 "--strategy threads -n 4",
		{Strategy: "threads", Chunks: 4, Fanout: 2}:                 "--strategy threads -n 4 -f 2",
		{Strategy: "processes", Chunks: 4, Fanout: 1}:               "--strategy processes -n 4",
		{Kind: "disk", Strategy: "async", Chunks: 1, Fanout: 1}:     "--strategy async -f 1",
		{Kind: "together", Strategy: "async", Chunks: 1, Fanout: 9}: "--strategy async -f 9",
	} {
		if got := strings.Join(arm.Args(), " "); got != want {
			t.Errorf("%+v: %q, want %q", arm, got, want)
		}
	}
}
