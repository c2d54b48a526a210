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

// grid has a row for each value, and says how many more there are than top; 0 is all.
func (by *By) grid(top int) (g Grid, left int) {
	g = Grid{
		Header: []string{heading(by.field), "hosts", "status", "load1/cpu p50", "p95", "max", "mem_used% p50", "p95", "max"},
		Right:  []bool{false, true, false, true, true, true, true, true, true},
	}
	rows := by.Rows
	if top > 0 && top < len(rows) {
		rows = rows[:top]
	}
	for _, r := range rows {
		row := []string{readable(by.field, r.Value), strconv.Itoa(r.Hosts), strings.TrimPrefix(byStatus(r.ByStatus), ": ")}
		row = append(row, figures(r.Load1PerCPU, "%.2f")...)
		g.Rows = append(g.Rows, append(row, figures(r.MemUsedPercent, "%.1f%%")...))
	}
	return g, len(by.Rows) - len(rows)
}

func figures(d *stats.Distribution, format string) []string {
	if d == nil {
		return []string{"-", "-", "-"}
	}
	return []string{fmt.Sprintf(format, d.P50), fmt.Sprintf(format, d.P95), fmt.Sprintf(format, d.Max)}
}
