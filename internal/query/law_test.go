package query

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/internal/fleet"
)

// drawFleet draws hosts of which some have no load, and the loads of the others in ascending order.
func drawFleet(t *rapid.T) (hosts []*fleet.Outcome, loads []float64) {
	for i := range rapid.IntRange(0, 40).Draw(t, "hosts") {
		o := &fleet.Outcome{Host: fmt.Sprintf("n%d", i), Status: rapid.SampledFrom(fleet.Statuses).Draw(t, "status")}
		if o.Status == fleet.StatusOK && rapid.Bool().Draw(t, "read") {
			load := float64(rapid.IntRange(-1000, 1000).Draw(t, "load")) / 8 // of which sums are exact
			o.Load1 = &load
			loads = append(loads, load)
		}
		hosts = append(hosts, o)
	}
	slices.Sort(loads)
	return hosts, loads
}

// Every function over the fleet is what a naive recount of the hosts that have a value gives.
func TestFunctionsByRecount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hosts, loads := drawFleet(t)
		limit := float64(rapid.IntRange(-1000, 1000).Draw(t, "limit")) / 8
		total, above, bad := 0.0, 0, 0
		for _, load := range loads {
			total += load
			if load > limit {
				above++
			}
		}
		for _, h := range hosts {
			if h.Status != fleet.StatusOK {
				bad++
			}
		}
		want := map[string]float64{"count(status != 'ok')": float64(bad), fmt.Sprintf("count(load1 > %g)", limit): float64(above)}
		if n := len(loads); n > 0 {
			want["sum(load1)"], want["min(load1)"], want["max(load1)"] = total, loads[0], loads[n-1]
			for _, p := range []int{50, 90, 95, 99} {
				least := slices.IndexFunc(loads, func(x float64) bool { // that so many percent do not exceed
					return 100*len(slices.DeleteFunc(slices.Clone(loads), func(y float64) bool { return y > x })) >= p*n
				})
				want[fmt.Sprintf("p%d(load1)", p)] = loads[least]
			}
		}
		for _, call := range []string{"sum", "min", "max", "p50", "p90", "p95", "p99"} {
			got, ok := judge(t, call+"(load1) == nil", hosts).Values[call+"(load1)"]
			if wanted, there := want[call+"(load1)"]; got != wanted || ok != there {
				t.Fatalf("%s of %v: %v, want %v", call, loads, got, wanted)
			}
		}
		for call, wanted := range want {
			v := judge(t, call+" >= 0", hosts)
			if v.Values[call] != wanted || v.Holds != (wanted >= 0) {
				t.Fatalf("%s of %v: %v, want %v", call, loads, v, wanted)
			}
		}
		mean, ok := judge(t, "mean(load1) > 0", hosts).Values["mean(load1)"]
		if ok != (len(loads) > 0) || ok && math.Abs(mean-total/float64(len(loads))) > 1e-9 {
			t.Fatalf("mean of %v: %v", loads, mean)
		}
	})
}

// A condition and its opposite part the hosts that have a value between them, and leave all others out.
func TestOppositesPartTheHosts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hosts, loads := drawFleet(t)
		op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "operator")
		condition := fmt.Sprintf("load1 %s %d", op, rapid.IntRange(-125, 125).Draw(t, "limit"))
		with, without := judge(t, condition, hosts).Hosts, judge(t, "not ("+condition+")", hosts).Hosts
		if len(with)+len(without) != len(loads) {
			t.Fatalf("%s: %d and %d of %d", condition, len(with), len(without), len(loads))
		}
		all := slices.Sorted(slices.Values(slices.Concat(with, without)))
		if has := judge(t, "load1 != nil", hosts).Hosts; !slices.Equal(all, has) {
			t.Fatalf("%s: %v, of %v", condition, all, has)
		}
	})
}

func judge(t rapid.TB, text string, hosts []*fleet.Outcome) Verdict {
	rule, err := Compile(text, fleet.ReadingFields(), false)
	if err != nil {
		t.Fatal(err)
	}
	v, err := rule.Judge(hosts)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// BenchmarkJudge says what a rule costs over 100,000 hosts, in time and in memory for each of them.
func BenchmarkJudge(b *testing.B) {
	hosts := make([]*fleet.Outcome, 100_000)
	for i := range hosts {
		load := float64(i*7919%100_000) / 1000
		hosts[i] = &fleet.Outcome{Host: "n", Status: fleet.StatusOK, Reading: fleet.Reading{Load1PerCPU: &load}}
	}
	for _, text := range []string{"load1_per_cpu > 99.5", "p95(load1_per_cpu) > 1.5", `count(status != "ok") > 3`, "load1_per_cpu > 2 * p50(load1_per_cpu)"} {
		rule, err := Compile(text, fleet.ReadingFields(), false)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rule.Judge(hosts); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(hosts)), "ns/host")
		})
	}
}
