package journal

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"muster/internal/fleet"
)

// FuzzJournal damages a journal: cut off, a bit flipped, a piece of itself or of another put in. What is read is what was
// written up to the first change, whatever stands behind it, and what is written next is read as well.
func FuzzJournal(f *testing.F) {
	outcomes := []fleet.Outcome{
		host("a", fleet.StatusOK), host("b", fleet.StatusExit), host("c", fleet.StatusTimeout),
		host("d", fleet.StatusOK), host("e", fleet.StatusOK), host("f", fleet.StatusLost),
	}
	const hosts = "a b c d e f z"
	dir := f.TempDir()
	run(f, filepath.Join(dir, "whole"), "a", false, outcomes...)
	slices.Reverse(outcomes)
	run(f, filepath.Join(dir, "other"), "b", false, outcomes...)
	slices.Reverse(outcomes)
	text, err := os.ReadFile(filepath.Join(dir, "whole"))
	if err != nil {
		f.Fatal(err)
	}
	other, err := os.ReadFile(filepath.Join(dir, "other"))
	if err != nil {
		f.Fatal(err)
	}
	pieces := slices.Concat(text, other)
	lines := bytes.SplitAfter(text, []byte("\n"))
	last := len(text) - len(lines[len(lines)-2])

	f.Add(len(text), byte(0), 0, 0)
	f.Add(len(text)-1, byte(0), 0, 0)
	f.Add(len(text)/2, byte(4), 0, 0)
	f.Add(last, byte(0), len(text), len(other))
	f.Add(len(text), byte(0), last, len(text)-last)
	f.Add(len(lines[0]), byte(0), 0, len(text))
	f.Fuzz(func(t *testing.T, at int, flip byte, from, length int) {
		at, from = between(at, len(text)), between(from, len(pieces))
		piece := pieces[from:][:between(length, len(pieces)-from)]
		damaged := slices.Concat(text[:at], piece, text[at:])
		if at < len(text) && flip != 0 {
			damaged[at] ^= flip
		} else {
			damaged = damaged[:at+len(piece)]
		}
		same := 0
		for same < min(len(text), len(damaged)) && text[same] == damaged[same] {
			same++
		}
		records := bytes.Count(text[:same], []byte("\n"))

		path := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(path)
		if err != nil {
			if records > 0 {
				t.Fatalf("%d records are whole: %v", records, err)
			}
			return // refused, and not touched
		}
		want := map[string]fleet.Status{}
		for _, o := range outcomes[:max(records-1, 0)] {
			want[o.Host] = o.Status
		}
		if got := statuses(j, hosts); !maps.Equal(got, want) || j.Hosts() != len(want) {
			t.Errorf("%v, want %v", got, want)
		}
		j.Close()
		run(t, path, "next", records > 0, host("z", fleet.StatusOK))
		want["z"] = fleet.StatusOK
		j = open(t, path)
		if got := statuses(j, hosts); !maps.Equal(got, want) || j.Damage() != "" {
			t.Errorf("%v, want %v, %s", got, want, j.Damage())
		}
		encodesBack(t, j)
	})
}

func between(n, most int) int { return max(0, min(n, most)) }

// encodesBack checks that the records of a journal have one form.
func encodesBack(t *testing.T, j *Journal) {
	t.Helper()
	err := j.log.Read(func(at int64, line []byte) error {
		r, err := decode(line)
		if err != nil {
			return err
		}
		if again, err := encode(r); err != nil || !bytes.Equal(again, line) {
			t.Errorf("record at %d: %s, encoded again %s, %v", at, line, again, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
