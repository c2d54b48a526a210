package hostlist

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"muster/internal/tier"
)

// TestNodeset lets ClusterShell, whose notation this is, read what we fold, and reads what it folds.
func TestNodeset(t *testing.T) {
	nodeset := tier.Needs(t, "nodeset")
	run := func(command string, lists []string) string {
		out, err := exec.Command(nodeset, append([]string{command}, lists...)...).Output() // its reader of stdin tears long input
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}

	// One process reads all lists: the names of each begin with a word of its own.
	lists := make([][]string, 500)
	folded := make([]string, len(lists))
	for i := range lists {
		own := fmt.Sprintf("%c%c-", 'a'+i/26, 'a'+i%26)
		for _, name := range append(drawNames().Example(i), "x") {
			if !strings.Contains(name, "::") { // it has no IPv6 addresses
				lists[i] = append(lists[i], own+name)
			}
		}
		folded[i] = Fold(lists[i])
	}
	read := map[string][]string{}
	for _, name := range strings.Fields(run("-e", folded)) {
		own := name[:3]
		read[own] = append(read[own], name)
	}
	for i, names := range lists {
		if got := set(read[names[0][:3]]); !slices.Equal(got, set(names)) {
			t.Errorf("%v folds to %s, which nodeset reads as %v", set(names), folded[i], got)
		}
	}
	all := slices.Concat(lists...)
	theirs, _, err := Expand(run("-f", all), len(all))
	if err != nil || !slices.Equal(set(theirs), set(all)) {
		t.Errorf("what nodeset folds gives %d names, want %d: %v", len(theirs), len(set(all)), err)
	}
}
