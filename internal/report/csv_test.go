package report

import (
	"bytes"
	"errors"
	"syscall"
	"testing"
	"time"
)

func TestWriteCSV(t *testing.T) {
	var b bytes.Buffer
	err := WriteCSV(&b, []string{"name", "=value"}, [][]any{
		{"a,b", 1},
		{"=1+1", -2.5},
		{"", int64(3)},
		{nil, new(0.25)},
		{true, (*float64)(nil)},
		{"\x1b[2J\n", time.Date(2026, 1, 2, 4, 4, 5, 0, time.FixedZone("", 3600))},
		{new(int64(7)), (*int64)(nil)},
	})
	want := "name,'=value\n\"a,b\",1\n'=1+1,-2.5\n,3\n,0.25\ntrue,\n\\x1b[2J\\x0a,2026-01-02T03:04:05Z\n7,\n"
	if err != nil || b.String() != want {
		t.Errorf("is %v\n%s\nwant\n%s", err, b.String(), want)
	}
}

func TestWriteCSVErrors(t *testing.T) {
	rows := [][]any{{"a"}, {struct{}{}}}
	if err := WriteCSV(&full{100}, []string{"name"}, rows); err == nil || err.Error() != "csv write record 2: no csv for struct {}" {
		t.Errorf("of a struct: %v", err)
	}
	if err := WriteCSV(&full{5}, []string{"name"}, rows[:1]); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("without room: %v", err)
	}
}
