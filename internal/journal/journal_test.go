package journal

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/internal/fleet"
)

// written is a fleet.Text.
type written string

func (w written) Len() int64             { return int64(len(w)) }
func (w written) Bytes() ([]byte, error) { return []byte(w), nil }

var uptime = Job{Task: "exec", Options: map[string]string{"command": `["uptime"]`}}

func open(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// run writes a run of outcomes into the journal at path.
func run(t testing.TB, path, id string, goesOn bool, outcomes ...fleet.Outcome) {
	t.Helper()
	j := open(t, path)
	if err := j.Begin(id, uptime, goesOn); err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if err := j.Add(o.Host, o); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func host(id string, status fleet.Status) fleet.Outcome {
	return fleet.Outcome{Host: id, Status: status}
}

// statuses are those of the hosts of a list that the journal has.
func statuses(j *Journal, hosts string) map[string]fleet.Status {
	found := map[string]fleet.Status{}
	for _, id := range strings.Fields(hosts) {
		if s, ok := j.Status(id); ok {
			found[id] = s
		}
	}
	return found
}

// What goes on with a run adds to it, the last outcome of a host counts, and what does not go on begins anew.
func TestRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	if j := open(t, path); !j.Empty() || j.Hosts() != 0 {
		t.Error("a journal that is not there has runs")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("Open has made a file")
	}
	run(t, path, "a", false, host("x", fleet.StatusOK), host("y", fleet.StatusRefused))
	run(t, path, "b", true, host("y", fleet.StatusOK), host("z", fleet.StatusTimeout))
	j := open(t, path)
	want := map[string]fleet.Status{"x": fleet.StatusOK, "y": fleet.StatusOK, "z": fleet.StatusTimeout}
	if got := statuses(j, "w x y z"); !maps.Equal(got, want) || j.Hosts() != 3 || j.Empty() {
		t.Error(got)
	}
	j.Close()
	run(t, path, "c", false, host("w", fleet.StatusOK))
	j = open(t, path)
	if got := statuses(j, "w x y z"); len(got) != 1 || got["w"] != fleet.StatusOK {
		t.Error(got)
	}
}

// All that there is of an outcome comes back, also bytes that are no text, and an output that is empty is not one that
// was not kept.
func TestOutcomeComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	began, took, load := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC), 34.125, 0.52
	code := 3
	whole := fleet.Outcome{
		Host: "root@web1:22", Address: "10.0.0.1:22", Status: fleet.StatusExit, Phase: fleet.PhaseExec, Hop: "gate", Error: "exit \x1b[31m status\n",
		Attempts: 2, Chunk: 1, WorkerPID: 42, StartedAt: &began, DurationMS: &took, Extra: map[string]float64{"queue": 7},
	}
	whole.Load1, whole.ExitCode, whole.StdoutTruncatedBytes = &load, &code, 12
	run(t, path, "a", false, whole, host("y", fleet.StatusOK))
	j := open(t, path)
	got, stdout, stderr, err := j.Past("root@web1:22")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, got); diff != "" || stdout != nil || stderr != nil {
		t.Errorf("%q %q\n%s", stdout, stderr, diff)
	}
	if j.Took("root@web1:22") != 34125*time.Microsecond || j.Took("y") != 0 || j.Took("nobody") != 0 {
		t.Error(j.Took("root@web1:22"), j.Took("y"))
	}
	j.Close()

	whole.Stdout, whole.Stderr = written("\xff\x00\n"), written("")
	run(t, path, "b", true, whole)
	if _, stdout, stderr, err = open(t, path).Past("root@web1:22"); string(stdout) != "\xff\x00\n" || stderr == nil || len(stderr) != 0 || err != nil {
		t.Errorf("%q, %#v, %v", stdout, stderr, err)
	}
}

// F73: a journal of another job is refused, and the refusal names what differs.
func TestF73JournalOfAnotherJob(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	run(t, path, "a", false)
	j := open(t, path)
	for want, job := range map[string]Job{
		"":                              uptime,
		"its task is exec, not collect": {Task: "collect"},
		`its command is ["uptime"], not ["date"]`: {Task: "exec", Options: map[string]string{"command": `["date"]`}},
		"its sudo is none, not on":                {Task: "exec", Options: map[string]string{"command": `["uptime"]`, "sudo": "on"}},
		`its command is ["uptime"], not none`:     {Task: "exec"},
	} {
		if err := j.Fits(job); (err == nil) != (want == "") || err != nil && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v: %v, want %q", job, err, want)
		}
	}
}

// F73: a second muster is told which process has the journal.
func TestF73JournalInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	if err := j.Begin("a", uptime, false); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("in use by process %d", os.Getpid())
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

// F73: what is no journal, or one that this muster does not know, is refused and not touched.
func TestF73NotAJournal(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	run(t, whole, "a", false, host("x", fleet.StatusOK))
	text, _ := os.ReadFile(whole)
	flipped := "?" + string(text[1:])
	for name, test := range map[string]struct{ text, want string }{
		"a hostfile":           {"web1\nweb2\n", "not a journal"},
		"half a word":          {"web1", "not a journal"},
		"damaged at the start": {flipped, "not a journal, or damaged from the start"},
		"zeros":                {strings.Repeat("\x00", 100), "not a journal"},
		"a torn first record":  {string(text[:40]), ""},
		"empty":                {"", ""},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(path)
		if err == nil {
			j.Close()
		}
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if after, _ := os.ReadFile(path); string(after) != test.text {
			t.Errorf("%s: is now %q", name, after)
		}
	}
}

// F73: neither is a later version's, nor one that says something that this version has not.
func TestF73JournalOfAnotherVersion(t *testing.T) {
	for text, want := range map[string]string{
		`{"run":{"version":2,"id":"a","pid":1,"began":"2026-01-02T03:04:05Z","goes_on":false,"job":{"task":"exec"}}}`:                 "version 2",
		`{"run":{"version":1,"id":"a","pid":1,"began":"2026-01-02T03:04:05Z","goes_on":false,"job":{"task":"exec"},"shape":"round"}}`: "shape",
		`{"outcome":{"host":"x","status":"ok","phase":"","error":"","attempts":1,"chunk":0}}`:                                         "not a journal",
		`{"run":null,"outcome":null}`: "not a journal",
	} {
		path := filepath.Join(t.TempDir(), "journal")
		j := open(t, path)
		if err := j.log.Append([]byte(text)); err != nil {
			t.Fatal(err)
		}
		j.Close()
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// F72: what is torn or changed is said, with where, and cut off by the next run and not before.
func TestF72DamagedJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	run(t, path, "a", false, host("x", fleet.StatusOK), host("y", fleet.StatusOK))
	text, _ := os.ReadFile(path)
	torn := text[:len(text)-5]
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	last := strings.LastIndex(string(torn), "\n") + 1
	j := open(t, path)
	want := fmt.Sprintf("torn or damaged at byte %d: a run cuts off the %d bytes from there", last, len(torn)-last)
	if got := j.Damage(); !strings.HasSuffix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := statuses(j, "x y"); len(got) != 1 || got["x"] != fleet.StatusOK {
		t.Error(got)
	}
	j.Close()
	if after, _ := os.ReadFile(path); string(after) != string(torn) {
		t.Error("reading has changed the file")
	}
	run(t, path, "b", true, host("y", fleet.StatusOK))
	j = open(t, path)
	if got := statuses(j, "x y"); len(got) != 2 || j.Damage() != "" {
		t.Error(got, j.Damage())
	}
}

// unreadable is a fleet.Text that is lost.
type unreadable struct{ error }

func (u unreadable) Len() int64             { return 1 }
func (u unreadable) Bytes() ([]byte, error) { return nil, u }

// An outcome of which not all can be read is not added; one that was changed since it was read is not given.
func TestUnreadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	run(t, path, "a", false, host("x", fleet.StatusOK), host("y", fleet.StatusOK))
	j := open(t, path)
	lost := host("z", fleet.StatusOK)
	lost.Stdout = unreadable{errors.New("spool lost")}
	if err := j.Add("z", lost); err == nil || err.Error() != "journal: spool lost" {
		t.Error(err)
	}
	text, _ := os.ReadFile(path)
	if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte("outcome"), []byte("income!")), 0o600); err != nil {
		t.Fatal(err)
	}
	if o, _, _, err := j.Past("x"); err == nil || !strings.Contains(err.Error(), "record at byte") {
		t.Errorf("%+v, %v", o, err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if o, _, _, err := j.Past("y"); err == nil {
		t.Errorf("%+v", o)
	}
}

// A journal that cannot be made is an error of the run that is to begin; closing it twice is none.
func TestCannotBegin(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	j := open(t, filepath.Join(dir, "journal"))
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first error stays
		if err := j.Begin("a", uptime, false); !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
	if err := j.Close(); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}
