package sshconf

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// asked asks about a key that a host of some trust shows.
func asked(j *Judge, number int, name string, key ssh.PublicKey) fleet.Decision {
	h := server(name).Along(fleet.Way{Trust: number})
	return j.Judge(context.Background(), h, fleet.HostKey{Key: key.Marshal()}).Decision
}

// Hosts of one run are judged each by its own files and policy. Each file is read once and named once in warnings, and what
// is noted in it is known to all who read it.
func TestTrusts(t *testing.T) {
	a, b, c := testKey(t), testKey(t), testKey(t)
	mine, global, other := fileOf(t, "a "+text(a), "garbage"), fileOf(t, "b "+text(b)), fileOf(t, "a "+text(b))
	judge := NewJudge()
	add := func(trust Trust, wantWarnings int) int {
		t.Helper()
		number, warnings, err := judge.Add(trust)
		if err != nil || len(warnings) != wantWarnings {
			t.Errorf("%v, warnings %q", err, warnings)
		}
		return number
	}
	usual := add(Trust{Files: []string{mine}, Global: []string{global}, Policy: Strict}, 1)
	learning := add(Trust{Files: []string{mine}, Global: []string{global}, Policy: AcceptNew}, 0)
	different := add(Trust{Files: []string{other, mine}, Policy: AcceptNew}, 0)
	if again := add(Trust{Files: []string{mine}, Global: []string{global}, Policy: Strict}, 0); again != usual || different != 2 {
		t.Errorf("trusts %d, %d, %d, %d", usual, learning, different, again)
	}
	for _, tt := range []struct {
		trust int
		name  string
		key   ssh.PublicKey
		want  fleet.Decision
	}{
		{usual, "a", a, fleet.Accept},
		{usual, "b", b, fleet.Accept},
		{usual, "a", b, fleet.Changed},
		{different, "a", b, fleet.Accept},
		{different, "a", a, fleet.Accept},
		{different, "a", c, fleet.Changed},
		{usual, "c", c, fleet.Unknown},
		{learning, "c", c, fleet.Accept}, // noted in mine
		{usual, "c", c, fleet.Accept},
		{different, "c", b, fleet.Changed},
		{different, "b", c, fleet.Accept}, // noted in other
		{usual, "b", c, fleet.Changed},
	} {
		if got := asked(judge, tt.trust, tt.name, tt.key); got != tt.want {
			t.Errorf("trust %d, %s: %s, want %s", tt.trust, tt.name, got, tt.want)
		}
	}
	for file, want := range map[string]string{
		mine: "a " + text(a) + "\ngarbage\nc " + text(c) + "\n", global: "b " + text(b), other: "a " + text(b) + "\nb " + text(c) + "\n",
	} {
		if data, err := os.ReadFile(file); err != nil || string(data) != want {
			t.Errorf("%v: %q, want %q", err, data, want)
		}
	}
	h, another := server("b").Along(fleet.Way{Trust: usual}), server("a").Along(fleet.Way{Trust: different})
	judge.Prepare(&h)
	judge.Prepare(&another)
	pins, others := h.Way().Pins, another.Way().Pins
	if len(pins) != 1 || !slices.Equal(pins[0], b.Marshal()) || len(others) != 2 {
		t.Errorf("%d pins, %d of another host", len(pins), len(others))
	}
}

// Without a file of the user's nothing is learnt, and none of the machine's is written to. What goes to /dev/null is known
// while the run lasts.
func TestNowhereToNote(t *testing.T) {
	a, b := testKey(t), testKey(t)
	global := filepath.Join(t.TempDir(), "known_hosts")
	judge := NewJudge()
	none, _, _ := judge.Add(Trust{Global: []string{global}, Policy: AcceptNew})
	null, _, _ := judge.Add(Trust{Files: []string{os.DevNull}, Global: []string{global}, Policy: AcceptNew})
	if got := asked(judge, none, "h", a); got != fleet.Unknown {
		t.Errorf("%s, but there is nowhere to note it", got)
	}
	if first, second := asked(judge, null, "h", a), asked(judge, null, "h", b); first != fleet.Accept || second != fleet.Changed {
		t.Errorf("%s, %s", first, second)
	}
	if _, err := os.Stat(global); !os.IsNotExist(err) {
		t.Errorf("the machine's file: %v", err)
	}
}
