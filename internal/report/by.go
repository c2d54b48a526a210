package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/internal/aggregate"
	"muster/internal/fleet"
	"muster/internal/stats"
)

// By is hosts put together by a field's value, most hosts first.
type By struct {
	Field string  `json:"field"`
	Rows  []ByRow `json:"rows"`
	field fleet.Field
}

// ByRow is what there is to say of the hosts that have one value. Those that have none are together too.
type ByRow struct {
	Value any `json:"value,omitempty"` // nil: none
	aggregate.Summary
}

// by returns the field to put hosts together by. Without one it is nil.
func (o Options) by() (*fleet.Field, error) {
	if o.By == "" {
		return nil, nil
	}
	f, err := o.field(o.By)
	if err != nil {
		return nil, fmt.Errorf("group-by: %w", err)
	}
	if f.Text() {
		return nil, fmt.Errorf("group-by: hosts that wrote the same are together without it")
	}
	return &f, nil
}

// GroupedBy puts hosts together as asked for, where it is; else it returns nil.
func (o Options) GroupedBy(hosts []*fleet.Outcome) *By {
	field, err := o.by()
	if field == nil || err != nil {
		return nil
	}
	by := &By{Field: field.Name, Rows: []ByRow{}, field: *field}
	sums := map[any]*aggregate.Aggregate{}
	for _, h := range hosts {
		value := field.Value(h)
		if absent(value) {
			value = nil
		}
		if sums[value] == nil {
			sums[value] = new(aggregate.Aggregate)
		}
		sums[value].Add(h)
	}
	for value, sum := range sums {
		by.Rows = append(by.Rows, ByRow{value, sum.Summary()})
	}
	slices.SortFunc(by.Rows, func(a, b ByRow) int {
		return cmp.Or(cmp.Compare(b.Hosts, a.Hosts), compareAbsentLast(a.Value, b.Value, compare))
	})
	return by
}

// spreads are the figures of a row, as far as some row has them.
var spreads = []struct {
	name, format string
	of           func(ByRow) *stats.Distribution
}{
	{"load1/cpu", "%.2f", func(r ByRow) *stats.Distribution { return r.Load1PerCPU }},
	{"mem_used%", "%.1f%%", func(r ByRow) *stats.Distribution { return r.MemUsedPercent }},
}

// grid has a row for each value, and says how many more there are than top; 0 is all.
func (by *By) grid(top int) (g Grid, left int) {
	g = Grid{Header: []string{heading(by.field), "hosts", "status"}, Right: []bool{false, true, false}}
	rows := by.Rows
	if top > 0 && top < len(rows) {
		rows = rows[:top]
	}
	for _, r := range rows {
		g.Rows = append(g.Rows, []string{readable(by.field, r.Value), strconv.Itoa(r.Hosts), strings.TrimPrefix(byStatus(r.ByStatus), ": ")})
	}
	for _, s := range spreads {
		if !slices.ContainsFunc(rows, func(r ByRow) bool { return s.of(r) != nil }) {
			continue
		}
		g.Header = append(g.Header, s.name+" p50", "p95", "max")
		g.Right = append(g.Right, true, true, true)
		for i, r := range rows {
			g.Rows[i] = append(g.Rows[i], figures(s.of(r), s.format)...)
		}
	}
	return g, len(by.Rows) - len(rows)
}

func figures(d *stats.Distribution, format string) []string {
	if d == nil {
		return []string{"-", "-", "-"}
	}
	return []string{fmt.Sprintf(format, d.P50), fmt.Sprintf(format, d.P95), fmt.Sprintf(format, d.Max)}
}
