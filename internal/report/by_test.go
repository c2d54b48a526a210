package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/internal/fleet"
)

// Hosts are put together by a field's value, most hosts first, those without one last among as many.
func TestByRows(t *testing.T) {
	hosts := []*fleet.Outcome{
		failure("a", fleet.StatusRefused, fleet.PhaseConnect, "connection refused"),
		reading(1), reading(2), reading(3), reading(4),
	}
	hosts[3].Kernel, hosts[4].Kernel, hosts[4].Load1PerCPU = "5.10", "5.10", nil
	d := document(hosts...)
	opts := Options{By: "kernel"}
	d.By = opts.GroupedBy(d.Hosts)
	var b bytes.Buffer
	if err := Table(&b, d, opts); err != nil {
		t.Fatal(err)
	}
	golden(t, "by.txt", b.Bytes())
	b.Reset()
	d.Where = "true"
	if err := Markdown(&b, d, opts); err != nil || !strings.Contains(b.String(), "\nShown: 5 of 5, `true`\n") || !strings.Contains(b.String(), "\n| `kernel` | `hosts` |") || strings.Contains(b.String(), "web00") {
		t.Errorf("%v\n%s", err, b.String())
	}
	b.Reset()
	d.Where, opts.Top = "", 1
	if err := Table(&b, d, opts); err != nil || !strings.Contains(b.String(), "2 more not shown") || strings.Contains(b.String(), "6.1.0") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// Figures that no row has have no columns.
func TestByWithoutFigures(t *testing.T) {
	d := document(failure("a", fleet.StatusExit, fleet.PhaseExec, "exit status 1"))
	opts := Options{By: "status"}
	d.By = opts.GroupedBy(d.Hosts)
	var b bytes.Buffer
	if err := Table(&b, d, opts); err != nil || !strings.HasPrefix(b.String(), " status  hosts  status\n exit        1  1 exit\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// No value is none of the rows' own, whatever hosts say: each row is a line, which begins with a blank, in json a row (F87).
func TestF87HostileBy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := document(drawFleet(t)...)
		opts := Options{By: rapid.SampledFrom([]string{"kernel", "status", "error", "host", "load1", "cpus", "started_at", "mem_estimated"}).Draw(t, "field")}
		d.By = opts.GroupedBy(d.Hosts)
		hosts := 0
		for _, r := range d.By.Rows {
			hosts += r.Hosts
		}
		if hosts != len(d.Hosts) {
			t.Fatalf("%d hosts of %d are in the rows", hosts, len(d.Hosts))
		}
		var table, doc bytes.Buffer
		if err := Table(&table, d, opts); err != nil {
			t.Fatal(err)
		}
		mustBeInert(t, table.String())
		lines := strings.Split(table.String(), "\n")
		for i := range d.By.Rows {
			if row := lines[i+1]; !strings.HasPrefix(row, " ") {
				t.Fatalf("row %d is %q", i, row)
			}
		}
		if err := JSON(&doc, d); err != nil {
			t.Fatal(err)
		}
		mustBeInert(t, doc.String())
		mustCommandNobody(t, doc.String())
		var got struct {
			By struct{ Rows []struct{ Hosts int } } `json:"group_by"`
		}
		if err := json.Unmarshal(doc.Bytes(), &got); err != nil || len(got.By.Rows) != len(d.By.Rows) {
			t.Fatalf("%d rows of %d, %v", len(got.By.Rows), len(d.By.Rows), err)
		}
	})
}

func TestByRefused(t *testing.T) {
	for by, want := range map[string]string{"kernal": "did you mean kernel?", "stdout": "are together without it"} {
		err := Options{By: by, Fields: append(fleet.ReadingFields(), fleet.SaidFields()...)}.Check()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", by, err)
		}
	}
}
