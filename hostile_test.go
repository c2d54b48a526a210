package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"muster/internal/simulate"
)

// hostile is what a host may say to act on a terminal, a spreadsheet, a page or the log of a CI system.
const hostile = "=HYPERLINK(\"http://evil\")\n\x1b[2J\x1b[31m\n\x1b]52;c;cm0gLXJmCg==\x07\n\x1b]8;;http://evil\x1b\\click\nover\rwritten\n::error::owned\n  ::set-output name=a::b\n" +
	"##vso[task.complete]\nwords ##[error]x ##teamcity[x]\n127.1.0.1:22 (1)\nhosts       6: 6 ok\nmuster: all is well\n<script>alert(1)</script>\n\u202eko\u2028\u009b31m\ufeff\u200b\n-1+1"

// ours is how a line begins that a report, or what stands beside it on stderr, may have: by a blank, by a word of ours, or
// by the name of a host, which the user gave.
var ours = regexp.MustCompile(`^( |$|muster: |127\.1\.0\.\S+ \(\d+\)|127\.1\.0\.\d+:\d+: |[a-z]+ \(\d+\): 127\.|hosts  |load1/cpu  |mem_used%  |memory  )`)

// Whatever hosts, commands and the workers that they bring down say in any field goes to a table, csv, json, ndjson, lines as
// they come and stderr as text that shows itself and does nothing: no line begins with it, none commands a CI system, and each
// host has its one record. A file of --output-dir has what its host wrote, under the name that the user gave (F87).
func TestF87HostileHosts(t *testing.T) {
	t.Parallel()
	sim := simulateFleet(t, simulate.Config{Hosts: 6, Poison: true, Faults: []simulate.Fault{
		{Kind: simulate.Escape, Count: 1}, {Kind: simulate.Exit, Count: 1}, {Kind: simulate.Poison, Count: 1}, {Kind: simulate.NotSSH, Count: 1},
	}})
	t.Run("F87 collect", func(t *testing.T) {
		dir := t.TempDir()
		r := run(t, sim.collect(t, append(outputsIn(dir), "-v", "-n", "2", "-o", "table")...))
		mustBeOurs(t, "stdout", r.stdout, ours)
		mustBeOurs(t, "stderr", r.stderr, ours)
		mustBeRecords(t, r.code, dir, sim.labels)
		for what, text := range map[string]string{`\x1b]0;owned`: r.stdout, "panic: poison": r.stderr} { // it did come, but as text
			if !strings.Contains(text, what) {
				t.Errorf("no %s in %q", what, text)
			}
		}
	})
	t.Run("F87 progress", func(t *testing.T) {
		r := run(t, sim.collect(t, "--progress", "always", "-o", "json"))
		r.parse(t, sim.labels)
		drawn := regexp.MustCompile(`\x1b\[\d*[AJ]|\r`).ReplaceAllString(r.stderr, "") // how the bar is drawn anew
		mustBeOurs(t, "stderr", drawn, regexp.MustCompile(ours.String()+`|^\d+/\d+|^waiting for 127\.`))
	})
	t.Run("F87 exec", func(t *testing.T) {
		dir, files := t.TempDir(), t.TempDir()
		r := run(t, sim.exec(t, append(outputsIn(dir), "--output-dir", files, "-o", "table", "--", "echo", hostile)...))
		mustBeOurs(t, "stdout", r.stdout, ours)
		mustBeOurs(t, "stderr", r.stderr, ours)
		mustBeRecords(t, r.code, dir, sim.labels)
		for _, h := range sim.hosts {
			if h.Fault == "" {
				if got := read(t, filepath.Join(files, h.Label)); got != hostile+"\n" {
					t.Errorf("%s: %q", h.Label, got)
				}
			}
		}
	})
	t.Run("F87 exec --stream", func(t *testing.T) {
		for _, command := range [][]string{{"echo", hostile}, {hostile}} { // on stdout; on stderr, as the name of no program
			r := run(t, sim.exec(t, append([]string{"--stream", "--"}, command...)...))
			mustBeOurs(t, "stdout", r.stdout, ours)
			mustBeOurs(t, "stderr", r.stderr, ours)
			if !strings.Contains(r.stdout+r.stderr, `\x1b]52;c;`) {
				t.Errorf("%q: what was said is nowhere", command)
			}
		}
	})
}

// outputsIn are the options for every format that programs read, as files in a directory.
func outputsIn(dir string) (options []string) {
	for _, format := range []string{"json", "csv", "ndjson"} {
		options = append(options, "-o", format+"="+filepath.Join(dir, format))
	}
	return options
}

// mustBeOurs fails where text could act on who reads it, or has a line that begins otherwise than begins says.
func mustBeOurs(t *testing.T, what, text string, begins *regexp.Regexp) {
	t.Helper()
	mustBeInert(t, what, text)
	for line := range strings.Lines(text) {
		if !begins.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("%s: a line begins with what a host said: %q", what, line)
		}
	}
}

// mustBeInert fails where text has anything that is not shown, or commands a CI system.
func mustBeInert(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8", what)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%s: not printable: %q", what, line)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") || regexp.MustCompile(`##(vso|teamcity|)\[`).MatchString(line) {
			t.Errorf("%s: commands a CI system: %q", what, line)
		}
	}
}

// mustBeRecords fails where the files of outputsIn have not one inert record for each host.
func mustBeRecords(t *testing.T, code int, dir string, labels []string) {
	t.Helper()
	for _, format := range []string{"json", "csv", "ndjson"} {
		mustBeInert(t, format, read(t, filepath.Join(dir, format)))
	}
	ran{code: code, stdout: read(t, filepath.Join(dir, "json"))}.parse(t, labels)

	hosts := map[string]int{}
	for line := range strings.Lines(read(t, filepath.Join(dir, "ndjson"))) {
		var record struct{ Host string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Errorf("ndjson: %v: %q", err, line)
		}
		hosts[record.Host]++
	}
	file, err := os.Open(filepath.Join(dir, "csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil || len(records) != len(labels)+1 {
		t.Fatalf("csv: %d records, %v", len(records), err)
	}
	for i, record := range records[1:] {
		hosts[record[0]]++
		for column, cell := range record {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) && records[0][column] != "clock_offset_ms" {
				t.Errorf("csv record %d: %s is a formula: %q", i+1, records[0][column], cell)
			}
		}
	}
	for _, label := range labels {
		if hosts[label] != 2 {
			t.Errorf("%s has %d records in two files", label, hosts[label])
		}
	}
}
