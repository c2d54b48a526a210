package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"muster/internal/fleet"
)

// family is a metric, which has a sample for each host that has a value.
type family struct {
	name, help string
	value      func(o *fleet.Outcome) (float64, bool)
}

// families are node_exporter's metrics, by its names, help and units, as far as a reading has them, after those of muster's
// own. What is node_exporter's has the kernel's values alone: an estimate of MemAvailable is none.
var families = []family{
	{"muster_up", "Whether the host is ok.", func(o *fleet.Outcome) (float64, bool) { return zeroOrOne(!o.Status.Failed()), true }},
	{"muster_duration_seconds", "How long the visit of the host took.", func(o *fleet.Outcome) (float64, bool) {
		ms, ok := value(o.DurationMS)
		return duration(ms, time.Millisecond).Round(time.Microsecond).Seconds(), ok
	}},
	{"node_load1", "1m load average.", func(o *fleet.Outcome) (float64, bool) { return value(o.Load1) }},
	{"node_load5", "5m load average.", func(o *fleet.Outcome) (float64, bool) { return value(o.Load5) }},
	{"node_load15", "15m load average.", func(o *fleet.Outcome) (float64, bool) { return value(o.Load15) }},
	{"node_procs_running", "Number of processes in runnable state.", func(o *fleet.Outcome) (float64, bool) { return value(o.ProcsRunning) }},
	{"node_memory_MemTotal_bytes", "Memory information field MemTotal_bytes.", func(o *fleet.Outcome) (float64, bool) { return value(o.MemTotalBytes) }},
	{"node_memory_MemAvailable_bytes", "Memory information field MemAvailable_bytes.", func(o *fleet.Outcome) (float64, bool) {
		bytes, ok := value(o.MemAvailableBytes)
		return bytes, ok && (o.MemEstimated == nil || !*o.MemEstimated)
	}},
	{"node_memory_SwapTotal_bytes", "Memory information field SwapTotal_bytes.", func(o *fleet.Outcome) (float64, bool) { return value(o.SwapTotalBytes) }},
	{"node_memory_SwapFree_bytes", "Memory information field SwapFree_bytes.", func(o *fleet.Outcome) (float64, bool) {
		total, ok := value(o.SwapTotalBytes)
		used, known := value(o.SwapUsedBytes)
		return total - used, ok && known
	}},
}

func value[T int | int64 | float64](v *T) (float64, bool) {
	if v == nil {
		return 0, false
	}
	return float64(*v), true
}

func zeroOrOne(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// Prometheus writes d in the text format of Prometheus, version 0.0.4, without timestamps: what node_exporter's textfile
// collector reads. The label "instance" is the host's. Of items that are the same the first is written: readers refuse a
// metric that has two samples of one label.
func Prometheus(w io.Writer, d *Document) error {
	out := bufio.NewWriter(w) // keeps the first error
	hosts := distinct(d.Hosts)
	for _, f := range families {
		begun := false
		for _, host := range hosts {
			v, ok := f.value(host)
			if !ok {
				continue
			}
			if !begun {
				begun = true
				gauge(out, f.name, f.help)
			}
			fmt.Fprintf(out, "%s{instance=\"%s\"} %s\n", f.name, labelValue.Replace(Clean(host.Host)), promNumber(v))
		}
	}
	const last = "muster_last_run_timestamp_seconds"
	gauge(out, last, "When the last run ended.")
	ended := d.Run.StartedAt.Add(duration(d.Run.DurationMS, time.Millisecond))
	fmt.Fprintf(out, "%s %d\n", last, uint64(ended.Unix()))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("prometheus write: %w", err)
	}
	return nil
}

// distinct leaves out those whose labels have been before.
func distinct(hosts []*fleet.Outcome) []*fleet.Outcome {
	seen := make(map[string]bool, len(hosts))
	var first []*fleet.Outcome
	for _, host := range hosts {
		if label := Clean(host.Host); !seen[label] {
			seen[label] = true
			first = append(first, host)
		}
	}
	return first
}

func gauge(out io.Writer, name, help string) {
	fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

// labelValue escapes what the format gives a meaning in a label's value. There are no newlines in what is clean.
var labelValue = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func promNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
