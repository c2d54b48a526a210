package simulate

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseFaults(t *testing.T) {
	for text, want := range map[string][]Fault{
		"":                       nil,
		"refuse=3":               {{Kind: Refuse, Count: 3}},
		"close=5%,banner-drip=0": {{Kind: Close, Percent: 5}, {Kind: BannerDrip}},
		"slow=0.5%,poison=1":     {{Kind: Slow, Percent: 0.5}, {Kind: Poison, Count: 1}},
		"exit=100%":              {{Kind: Exit, Percent: 100}},
	} {
		got, err := ParseFaults(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v, -want +got: %s", text, err, diff)
		}
	}
	const number = "is neither a number nor a percentage"
	for text, want := range map[string]string{
		"refuse":                    `faults: "refuse" is not KIND=N or KIND=N%`,
		"refuse=1,":                 `faults: "" is not KIND=N or KIND=N%`,
		"=1":                        `faults: unknown kind "": there are ` + kindList(),
		"deaf=1":                    `faults: unknown kind "deaf": there are ` + kindList(),
		"slow=1,slow=2":             "faults: slow is named twice",
		"slow=-1":                   `faults: slow: "-1" ` + number,
		"slow=x%":                   `faults: slow: "x%" ` + number,
		"slow=101%":                 `faults: slow: "101%" ` + number,
		"slow=NaN%":                 `faults: slow: "NaN%" ` + number,
		"slow=99999999999999999999": `faults: slow: "99999999999999999999" ` + number,
	} {
		if got, err := ParseFaults(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v, want %s", text, got, err, want)
		}
	}
}

// TestSpread draws fleets and faults: each kind has as many hosts as asked for, in any stretch of the list the faulty ones are
// within two of their share, and the same seed spreads them the same way.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "hosts")
		seed := rapid.Uint64().Draw(t, "seed")
		var faults []Fault
		left := n
		for _, kind := range []Kind{Refuse, Slow, Exit} {
			count := rapid.IntRange(0, left).Draw(t, string(kind))
			faults = append(faults, Fault{Kind: kind, Count: count})
			left -= count
		}
		kinds, err := spread(n, faults, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults {
			if got := count(kinds, fault.Kind); got != fault.Count {
				t.Fatalf("%d of kind %s, want %d", got, fault.Kind, fault.Count)
			}
		}
		faulty := n - left
		from := rapid.IntRange(0, n-1).Draw(t, "from")
		to := rapid.IntRange(from, n).Draw(t, "to")
		got := to - from - count(kinds[from:to], "")
		if share := float64((to-from)*faulty) / float64(n); float64(got) < share-2 || float64(got) > share+2 {
			t.Fatalf("%d faulty in [%d,%d), a share of %v", got, from, to, share)
		}
		if again, err := spread(n, faults, seed); err != nil || !slices.Equal(kinds, again) {
			t.Fatalf("another spread for the same seed: %v", err)
		}
	})
}

func count(kinds []Kind, kind Kind) int {
	n := 0
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}

func TestSpreadByPercent(t *testing.T) {
	kinds, err := spread(1000, []Fault{{Kind: Slow, Percent: 12.34}, {Kind: Exit, Percent: 0.01}}, 1)
	if err != nil || count(kinds, Slow) != 123 || count(kinds, Exit) != 1 {
		t.Errorf("%d slow, %d exit, %v", count(kinds, Slow), count(kinds, Exit), err)
	}
	if _, err := spread(10, []Fault{{Kind: Slow, Count: 6}, {Kind: Exit, Percent: 50}}, 1); err == nil {
		t.Error("eleven faults among ten hosts were not refused")
	}
}
