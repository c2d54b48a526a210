package cli

import (
	"fmt"
	"io"
	"strconv"

	"muster/internal/fleet"
	"muster/internal/hostlist"
	"muster/internal/report"
	"muster/internal/strategy"
)

// planSchema names the form of a planned in json.
const planSchema = "muster.plan/1"

// planned is who would do what.
type planned struct {
	Schema    string         `json:"schema"`
	Strategy  string         `json:"strategy"`
	Partition string         `json:"partition"`
	MaxProcs  int            `json:"max_procs"`
	Fanout    int            `json:"fanout"`
	Chunks    []plannedChunk `json:"chunks"`
	script    bool
}

type plannedChunk struct {
	Chunk int      `json:"chunk"`
	Count int      `json:"count"`
	Hosts string   `json:"hosts"`          // folded
	Argv  []string `json:"argv,omitempty"` // of the worker, where it is launched by a command
}

func (g *gathering) planOf(plan strategy.Plan, hosts []fleet.Host, chunks [][]int) (planned, error) {
	argvs, err := g.launching.argvs(len(chunks))
	if err != nil {
		return planned{}, err
	}
	p := planned{
		Schema: planSchema, Strategy: plan.Strategy, Partition: g.split.partition, MaxProcs: plan.MaxProcs, Fanout: plan.Fanout,
		Chunks: []plannedChunk{},
	}
	for i, chunk := range chunks {
		labels := make([]string, len(chunk))
		for j, host := range chunk {
			labels[j] = hosts[host].Label
		}
		c := plannedChunk{Chunk: i, Count: len(chunk), Hosts: hostlist.Fold(labels)}
		if argvs != nil {
			c.Argv = argvs[i]
		}
		p.Chunks = append(p.Chunks, c)
	}
	return p, nil
}

// show writes a plan in place of carrying it out.
func (g *gathering) show(p planned, notes []string, outputs *outputs) error {
	for _, note := range notes {
		g.say("warning: %s", note)
	}
	p.script = g.grouped()
	return outputs.planned(p, p.write)
}

// planned writes a plan to every output: as json, or as text that fits so many columns.
func (o *outputs) planned(v any, text func(w io.Writer, width int) error) error {
	for _, output := range o.all {
		var err error
		switch {
		case output.Format == report.FormatJSON:
			err = output.To(o.stdout, func(w io.Writer) error { return report.WriteJSON(w, v) })
		case output.Format != report.FormatTable:
			err = usagef("--plan has the formats table and json, not %s", output.Format)
		case output.File == "":
			err = text(o.stdout, o.view.Width)
		default:
			err = output.To(nil, func(w io.Writer) error { return text(w, 0) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// write writes p for people.
func (p planned) write(w io.Writer, width int) error {
	each := fmt.Sprintf("%d hosts in flight in each", p.Fanout)
	if p.script {
		each = "a script in each"
	}
	_, err := fmt.Fprintf(w, "%s, %s: %d workers, %d at once, %s\n", p.Strategy, p.Partition, len(p.Chunks), p.MaxProcs, each)
	if err != nil {
		return err
	}
	if err := p.grid().Write(w, width); err != nil {
		return err
	}
	for _, c := range p.Chunks {
		if len(c.Argv) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "chunk %d: %s\n", c.Chunk, report.Clean(quoted(c.Argv))); err != nil {
			return err
		}
	}
	return nil
}

func (p planned) grid() report.Grid {
	g := report.Grid{Header: []string{"chunk", "count", "hosts"}, Right: []bool{true, true, false}}
	for _, c := range p.Chunks {
		g.Rows = append(g.Rows, []string{strconv.Itoa(c.Chunk), strconv.Itoa(c.Count), c.Hosts})
	}
	return g
}
