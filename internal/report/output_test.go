package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseOutputs(t *testing.T) {
	for _, test := range []struct {
		specs string
		want  []Output
		err   string
	}{
		{"", []Output{{Format: FormatTable}}, ""},
		{"json", []Output{{Format: FormatJSON}}, ""},
		{"csv=a=b.csv", []Output{{Format: FormatCSV, File: "a=b.csv"}}, ""},
		{"table json=r.json ndjson=r.ndjson", []Output{{Format: FormatTable}, {FormatJSON, "r.json"}, {FormatNDJSON, "r.ndjson"}}, ""},
		{"xml", nil, `output "xml": unknown format: want one of table, wide, json, ndjson, csv, markdown, junit, prometheus, template`},
		{"JSON=f", nil, `output "JSON=f": unknown format: want one of table, wide, json, ndjson, csv, markdown, junit, prometheus, template`},
		{"json=", nil, `output "json=": no file after =`},
		{"json csv", nil, "output json and csv: only one can go to standard output"},
		{"json=f csv=f", nil, "output json and csv: both to f"},
	} {
		got, err := ParseOutputs(strings.Fields(test.specs))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.specs, diff)
		}
		if test.err != "" && (err == nil || err.Error() != test.err) || test.err == "" && err != nil {
			t.Errorf("%s: error %v, want %q", test.specs, err, test.err)
		}
	}
}

func TestOutputWritesItsFileWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report")
	for format, want := range map[Format]string{FormatTable: "table.txt", FormatJSON: "report.json", FormatCSV: "report.csv"} {
		if err := os.WriteFile(file, []byte("what was there before"), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout bytes.Buffer
		if err := (Output{format, file}).Write(&stdout, sample(), Options{Color: true, Width: 30}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, want, got)
		if stdout.Len() > 0 {
			t.Errorf("%s: wrote %q to standard output", format, stdout.String())
		}
	}
}

func TestOutputLeavesItsFileWhereItCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (Output{FormatCSV, file}).Write(nil, sample(), Options{Sort: "nothing"}); err == nil {
		t.Error("no error")
	}
	if got, err := os.ReadFile(file); string(got) != "before" || err != nil {
		t.Errorf("the file is now %q, %v", got, err)
	}
}

func TestOutputToStdout(t *testing.T) {
	var b bytes.Buffer
	if err := (Output{Format: FormatTable}).Write(&b, sample(), Options{Width: 60}); err != nil {
		t.Fatal(err)
	}
	golden(t, "table-60.txt", b.Bytes())
}

func TestStream(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts.ndjson")
	if err := os.WriteFile(file, []byte(strings.Repeat("an older and longer run\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	for _, o := range []Output{{FormatNDJSON, file}, {Format: FormatNDJSON}} {
		n, err := o.Stream(&stdout)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range sample().Hosts {
			if err := n.Add(h); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(n.Flush(), n.Close()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "hosts.ndjson", got)
	golden(t, "hosts.ndjson", stdout.Bytes())
	if err := (Output{Format: FormatNDJSON}).Write(&stdout, sample(), Options{}); err == nil {
		t.Error("ndjson written at the end: no error")
	}
}

func TestCheckOutput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{
		"": true, "report.json": true, "/dev/null": true, filepath.Join(dir, "new"): true, file: true,
		filepath.Join(dir, "none", "new"): false, filepath.Join(file, "new"): false,
	} {
		if err := (Output{FormatJSON, name}).Check(); (err == nil) != ok {
			t.Errorf("Check of %q: %v", name, err)
		}
	}
}

func TestOutputToAnything(t *testing.T) {
	file := filepath.Join(t.TempDir(), "document")
	write := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			io.WriteString(w, text)
			return err
		}
	}
	var stdout bytes.Buffer
	for _, o := range []Output{{File: file}, {}} {
		if err := o.To(&stdout, write("whole", nil)); err != nil {
			t.Fatal(err)
		}
	}
	if err := (Output{File: file}).To(&stdout, write("half", io.ErrShortWrite)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("what failed: %v", err)
	}
	got, err := os.ReadFile(file)
	if string(got) != "whole" || err != nil || stdout.String() != "whole" {
		t.Errorf("the file holds %q, %v; standard output %q", got, err, stdout.String())
	}
}
