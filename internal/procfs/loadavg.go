package procfs

import (
	"bytes"
	"fmt"
)

// maxProcs bounds the counts of processes and threads; Linux has at most 2^22 process ids.
const maxProcs = 1 << 30

type loadavg struct {
	one, five, fifteen float64
	running, total     *int // scheduling entities; nil where the text ends before them
}

// parseLoadavg reads /proc/loadavg (see proc_loadavg(5)): "0.20 0.18 0.12 1/80 11206".
func parseLoadavg(b []byte) (loadavg, error) {
	fields := bytes.Fields(b)
	if len(fields) < 3 {
		return loadavg{}, fmt.Errorf("fewer than three loads: %s", quote(b))
	}
	var l loadavg
	for i, load := range []struct {
		name  string
		value *float64
	}{{"load1", &l.one}, {"load5", &l.five}, {"load15", &l.fifteen}} {
		v, err := decimal(load.name, fields[i])
		if err != nil {
			return loadavg{}, err
		}
		*load.value = v
	}
	if len(fields) == 3 {
		return l, nil
	}
	before, after, ok := bytes.Cut(fields[3], []byte("/"))
	if !ok {
		return loadavg{}, fmt.Errorf("procs: not running/total: %s", quote(fields[3]))
	}
	running, err := integer("procs_running", before, maxProcs)
	if err != nil {
		return loadavg{}, err
	}
	total, err := integer("procs_total", after, maxProcs)
	if err != nil {
		return loadavg{}, err
	}
	l.running, l.total = new(int(running)), new(int(total))
	return l, nil
}
