package compare

import (
	"math"
	"strings"
	"testing"
)

// usual is what an arm usually takes: seconds, seconds, MiB, times.
type usual struct {
	arm                    Arm
	wall, cpu, memory, cut float64
}

// around makes samples of what is usual, each arm's within a hundredth of it, none twice the same. Arms that take the same
// are not shown to differ.
func around(usuals []usual) (d Design, samples [][]Sample) {
	d.Rounds = rounds
	for i, u := range usuals {
		d.Arms = append(d.Arms, u.arm)
		var taken []Sample
		for round := range rounds {
			near := 1 + 0.01*math.Sin(float64(1000*i+round*round))
			taken = append(taken, Sample{
				WallSeconds: near * u.wall, UserSeconds: near * u.cpu, SumPSSBytes: int64(near * u.memory * (1 << 20)),
				InvoluntarySwitches: int64(near * u.cut), Items: 200, ByStatus: map[string]int{"ok": 200},
			})
		}
		samples = append(samples, taken)
	}
	return d, samples
}

func TestVerdict(t *testing.T) {
	serial, hybrid := Arm{"", "serial", 1, 1, 0}, Arm{"", "hybrid", 4, 16, 0}
	for _, test := range []struct {
		name      string
		usuals    []usual
		recommend string
		want      string
	}{
		{"one arm", []usual{{serial, 12, 1, 30, 100}}, "", ""},
		{"nothing faster", []usual{
			{serial, 12, 1, 30, 100},
			{hybrid, 11.95, 1, 60, 100},
			{Arm{"", "processes", 2, 1, 0}, 15, 1, 60, 100},
		}, "--strategy serial", `
nothing is shown to be faster than serial`},
		{"a little faster", []usual{{serial, 1.05, 1, 30, 100}, {hybrid, 1, 1, 60, 100}}, "-n 4 -f 16", `
hybrid -n 4 -f 16 is 1.05× serial (1.04–1.06), with 64 in flight against 1`},
		{"no serial arm", []usual{
			{Arm{"", "threads", 4, 1, 0}, 1, 1, 30, 100},
			{Arm{"", "processes", 4, 1, 0}, 0.5, 1, 30, 100},
		}, "--strategy processes -n 4", `
processes -n 4 are 2.00× threads -n 4 (1.98–2.01)
at 4 in flight: processes -n 4 are fastest; threads -n 4 take 2.00× their time (1.98–2.01)`},
		{"the same arm twice", []usual{{hybrid, 2, 1, 30, 100}, {serial, 9, 1, 30, 100}, {serial, 12, 1, 30, 100}}, "-n 4 -f 16", `
hybrid -n 4 -f 16 is 4.5× serial (4.5–4.6), with 64 in flight against 1
at 1 in flight: serial is fastest; serial takes 1.34× its time (1.33–1.35)`},
		{"more chunks of the same", []usual{
			{Arm{"", "hybrid", 2, 8, 0}, 2, 1, 30, 0.5},
			{Arm{"", "hybrid", 4, 8, 0}, 2, 1.05, 30, 3.5},
			{Arm{"", "processes", 2, 1, 0}, 2, 1, 30, 100},
			{Arm{"", "processes", 4, 1, 0}, 3, 1.05, 30, 50},
		}, "-n 2 -f 8", `
nothing is shown to be faster than hybrid -n 2 -f 8
beyond 2 chunks, each with 8 in flight, hybrid shows no gain
beyond 2 chunks, each with 1 in flight, processes show no gain, and at 4 take 1.50× the time (1.49–1.51); involuntary switches at 4 are 0.50× those at 2`},
		{"ten arms", []usual{
			{serial, 12, 1, 30, 100},
			{Arm{"", "async", 1, 4, 0}, 5.7, 1, 35, 100},
			{Arm{"", "threads", 2, 1, 0}, 6, 1.01, 60, 100},
			{Arm{"", "threads", 4, 1, 0}, 3, 1, 73, 100},
			{Arm{"", "threads", 8, 1, 0}, 1.5, 1.03, 90, 100},
			{Arm{"", "processes", 2, 1, 0}, 6, 1.2, 140, 100},
			{Arm{"", "processes", 4, 1, 0}, 3, 1.5, 271, 130},
			{Arm{"", "processes", 8, 1, 0}, 3.6, 1.9, 540, 310},
			{Arm{"", "hybrid", 2, 32, 0}, 1.3, 1.2, 150, 100},
			{Arm{"", "async", 1, 64, 0}, 1.3, 1.2, 80, 100},
		}, "--strategy async -f 64", `
hybrid -n 2 -f 32 is 9.2× serial (9.1–9.3), with 64 in flight against 1
at 2 in flight: threads -n 2 and processes -n 2: no difference shown
at 4 in flight: threads -n 4 and processes -n 4: no difference shown; async -f 4 takes 1.91× the time of processes -n 4 (1.89–1.92)
at 8 in flight: threads -n 8 are fastest; processes -n 8 take 2.39× their time (2.38–2.42)
at 64 in flight: hybrid -n 2 -f 32 and async -f 64: no difference shown
threads gain up to 8 chunks, each with 1 in flight, the most that were tried
beyond 4 chunks, each with 1 in flight, processes show no gain, and at 8 take 1.20× the time (1.19–1.22); involuntary switches at 8 are 2.40× those at 4; CPU at 8 is 1.27× that at 4
at 2 in flight: processes -n 2 hold 140 MiB where threads -n 2 hold 60 MiB; processes -n 2 use 1.20s of CPU where threads -n 2 use 1.01s
at 4 in flight: processes -n 4 hold 270 MiB where async -f 4 holds 35 MiB; processes -n 4 use 1.49s of CPU where async -f 4 uses 1.00s
at 8 in flight: processes -n 8 hold 539 MiB where threads -n 8 hold 90 MiB; processes -n 8 use 1.90s of CPU where threads -n 8 use 1.03s
at 64 in flight: hybrid -n 2 -f 32 holds 151 MiB where async -f 64 holds 80 MiB`},
		{"kinds", []usual{
			{Arm{"disk", "serial", 1, 1, 0}, 2, 1, 30, 100},
			{Arm{"disk", "async", 1, 16, 0}, 0.9, 1, 30, 100},
			{Arm{"net", "serial", 1, 1, 0}, 12, 1, 30, 100},
			{Arm{"net", "async", 1, 16, 0}, 0.5, 1, 30, 100},
			{Arm{"net", "threads", 4, 4, 0}, 0.034, 1, 30, 100},
			{Arm{"together", "serial", 1, 1, 0}, 14, 2, 30, 100},
			{Arm{"together", "async", 1, 16, 0}, 1.19, 2, 30, 100},
			{Arm{"together", "threads", 4, 4, 0}, 1.19, 1.5, 30, 100},
		}, "--strategy threads -n 4 -f 4", `
disk: async -f 16 is 2.22× serial (2.19–2.24), with 16 in flight against 1
net: threads -n 4 -f 4 are 353× serial (350–357), with 16 in flight against 1
together: async -f 16 is 11.8× serial (11.6–11.9), with 16 in flight against 1
net: at 16 in flight: threads -n 4 -f 4 are fastest; async -f 16 takes 14.7× their time (14.6–14.9)
together: at 16 in flight: async -f 16 and threads -n 4 -f 4: no difference shown
together: at 16 in flight: async -f 16 uses 1.99s of CPU where threads -n 4 -f 4 use 1.50s
serial: apart 2.00s + 12.0s = 14.0s; together 14.0s: no difference shown
async -f 16: apart 0.90s + 0.50s = 1.40s; together 1.19s: 85 % of it`},
		{"kinds apart alone", []usual{
			{Arm{"disk", "serial", 1, 1, 0}, 2, 1, 30, 100},
			{Arm{"net", "serial", 1, 1, 0}, 12, 1, 30, 100},
		}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := Analyse(around(test.usuals))
			if got, want := strings.Join(doc.Verdict, "\n"), strings.TrimPrefix(test.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if doc.Recommend != test.recommend {
				t.Errorf("recommends %q, want %q", doc.Recommend, test.recommend)
			}
			if len(doc.Warnings) > 0 {
				t.Errorf("warns %q", doc.Warnings)
			}
		})
	}
}
