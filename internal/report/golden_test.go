package report

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/internal/aggregate"
	"muster/internal/fleet"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// reading returns the outcome of the i-th host of a fleet that is well, and fuller of load and memory as i grows.
func reading(i int) *fleet.Outcome {
	const gib = 1 << 30
	cpus, total := 8, int64(64*gib)
	used := min(total, int64(i)*13*gib/10)
	load := float64(i) * 0.75
	return &fleet.Outcome{
		Host:       fmt.Sprintf("web%03d", i),
		Address:    fmt.Sprintf("10.0.%d.%d:22", i/250, i%250+1),
		Status:     fleet.StatusOK,
		Attempts:   1,
		Chunk:      i % 4,
		WorkerPID:  4242 + i%4,
		StartedAt:  new(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)),
		DurationMS: new(34.1),
		ConnectMS:  new(21.5),
		Reading: fleet.Reading{
			OS: "Linux", Kernel: "6.1.0", BootID: "7d2c6f0e-5d8e-4a43-9c52-2f6a36b9a1f4",
			UptimeSeconds: new(float64(i) * 40_000),
			CPUs:          &cpus,
			Load1:         &load,
			Load5:         new(load / 2),
			Load15:        new(load / 4),
			Load1PerCPU:   new(load / float64(cpus)),
			MemTotalBytes: &total, MemUsedBytes: &used,
			MemAvailableBytes: new(total - used),
			MemUsedPercent:    new(100 * float64(used) / float64(total)),
			MemEstimated:      new(false),
		},
	}
}

func failure(host string, status fleet.Status, phase fleet.Phase, text string) *fleet.Outcome {
	return &fleet.Outcome{Host: host, Status: status, Phase: phase, Error: text, Attempts: 1}
}

func document(hosts ...*fleet.Outcome) *Document {
	var a aggregate.Aggregate
	for _, h := range hosts {
		a.Add(h)
	}
	return &Document{
		Run: Run{
			ID: "20260102T030405-1f2e", Command: "collect", Strategy: "hybrid", Partition: "cyclic", Chunks: 2, Fanout: 64,
			StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), DurationMS: 5012.25,
		},
		Hosts:   hosts,
		Summary: a.Summary(),
		Workers: []Worker{
			{
				Chunk: 0, PID: 4242, Hosts: 5, Exit: new(0), UserSeconds: new(0.0125), SystemSeconds: new(0.25),
				MaxRSSBytes: new(int64(9_000_000)), PSSBytes: new(int64(2_000_000)),
				VoluntarySwitches: new(int64(120)), InvoluntarySwitches: new(int64(7)),
			},
			{Chunk: 1, PID: 4243, Hosts: 4, Signal: "SIGKILL", Stderr: "fatal error: out of\nmemory"},
		},
		Warnings:   []string{"worker 1 was started again"},
		ExitCode:   4,
		ExitReason: "2 hosts unreachable",
	}
}

func sample() *Document {
	return document(
		reading(3), reading(44), failure("db1", fleet.StatusUnreachable, fleet.PhaseConnect, "no route to host"),
		reading(12), failure("db2", fleet.StatusUnreachable, fleet.PhaseConnect, "no route to host"),
		failure("lb1", fleet.StatusTimeout, fleet.PhaseBanner, "no identification within 10s"),
		failure("lb2", fleet.StatusTimeout, fleet.PhaseExec, "still running after 30s"), reading(49),
		failure("late", fleet.StatusSkipped, "", ""),
	)
}

// judged is d after rules were held against it.
func judged(d *Document) *Document {
	d.Thresholds = []Threshold{
		{Rule: "load1_per_cpu > 2 || mem_used_percent > 95", Level: LevelFail, Crossed: true, Hosts: []string{"web044", "web049"}},
		{Rule: "p95(load1) > 30", Level: LevelWarn, Crossed: true, Values: map[string]float64{"p95(load1)": 36.75}},
		{Rule: "swap_used_percent > 50", Level: LevelFail},
	}
	return d
}

func TestGolden(t *testing.T) {
	table := func(o Options) func(*bytes.Buffer, *Document) error {
		return func(b *bytes.Buffer, d *Document) error { return Table(b, d, o) }
	}
	for name, encode := range map[string]func(*bytes.Buffer, *Document) error{
		"table.txt":         table(Options{}),
		"table-100.txt":     table(Options{Width: 100}),
		"table-60.txt":      table(Options{Width: 60}),
		"table-20.txt":      table(Options{Width: 20}),
		"table-color.txt":   table(Options{Color: true}),
		"table-top.txt":     table(Options{Sort: "mem_used_percent:desc", Top: 2}),
		"table-summary.txt": table(Options{SummaryOnly: true}),
		"table-errors.txt":  table(Options{Columns: []string{"host", "status", "duration_ms", "started_at", "error"}, Width: 70}),
		"report.json":       func(b *bytes.Buffer, d *Document) error { return JSON(b, d) },
		"report.csv":        func(b *bytes.Buffer, d *Document) error { return CSV(b, d, Options{}) },
		"sorted.csv": func(b *bytes.Buffer, d *Document) error {
			return CSV(b, d, Options{Sort: "load1:desc", Columns: []string{"host", "load1", "status"}})
		},
		"hosts.ndjson": func(b *bytes.Buffer, d *Document) error {
			n := NewNDJSON(b)
			for _, h := range d.Hosts {
				if err := n.Add(h); err != nil {
					return err
				}
			}
			return n.Flush()
		},
		"wide.txt":     func(b *bytes.Buffer, d *Document) error { return Wide(b, d, Options{Width: 80}) },
		"report.md":    func(b *bytes.Buffer, d *Document) error { return Markdown(b, judged(d), Options{}) },
		"summary.md":   func(b *bytes.Buffer, d *Document) error { return Markdown(b, judged(d), Options{SummaryOnly: true}) },
		"junit.xml":    func(b *bytes.Buffer, d *Document) error { return JUnit(b, judged(d)) },
		"metrics.prom": func(b *bytes.Buffer, d *Document) error { return Prometheus(b, d) },
		"line.txt":     func(b *bytes.Buffer, d *Document) error { return Line(b, d, 0) },
		"commands.txt": func(b *bytes.Buffer, d *Document) error { return Annotations(b, judged(d)) },
		"template.txt": func(b *bytes.Buffer, d *Document) error {
			return Template(b, d, Options{Sort: "load1:desc", Top: 4, Template: `{{.host}}\t{{with .load1}}{{printf "%.1f" .}} of {{bytes $.mem_total_bytes}}{{else}}{{.status}}{{end}}`})
		},
		"workers.txt": func(b *bytes.Buffer, d *Document) error { return WorkersGrid(d.Workers).Write(b, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := encode(&b, sample()); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
		})
	}
}

func TestEmptyRun(t *testing.T) {
	var b bytes.Buffer
	if err := Table(&b, document(), Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	golden(t, "table-empty.txt", b.Bytes())
}
