package hostlist

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
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

// clusterShell expands each line of its input, with the groups that are given as lines "name=text" before the first empty one.
const clusterShell = `
import sys
from ClusterShell.NodeSet import NodeSet
from ClusterShell.NodeUtils import GroupResolver, GroupSource
lines = iter(sys.stdin.read().splitlines())
groups = dict(line.split("=", 1) for line in iter(lambda: next(lines), ""))
resolver = GroupResolver(GroupSource("local", groups, groups["all"]))
resolver.add_source(GroupSource("other", {"g1": "n[4-6],@g2", "g2": "m[1-2]", "g3": "@local:g1!n2"}))
for line in lines:
    print(" ".join(NodeSet(line, resolver=resolver)))
`

// TestNodesetOperations holds thousands of expressions, set operations and groups among them, against ClusterShell: what we
// expand is what it expands, and what we fold it reads as the same.
func TestNodesetOperations(t *testing.T) {
	script, err := os.ReadFile(tier.Needs(t, "nodeset"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(script), "\n")
	python := strings.Fields(strings.TrimPrefix(line, "#!"))[0] // which has its library
	groups := []string{"g1=n[1-5]", "g2=n[4-9]!n7", "g3=@g1&@g2", "g4=@g[1-2]^r1n[1-2],x", "g5=@other:g1", "all=@g1,@g4,web[08-11]"}
	others := groupsOf(append(groups, "*=@all", "local:g1=n[1-5]", "other:g1=n[4-6],@g2", "other:g2=m[1-2]", "other:g3=@local:g1!n2", "other:*=@g[1-3]")...)
	x := &Expander{Limit: 1000, Groups: others}

	random := rand.New(rand.NewPCG(7, 6))
	exprs := make([]string, tier.Times(300, 4000, 40000))
	ours := make([][]string, len(exprs))
	input := strings.Join(groups[:5], "\n") + "\nall=" + strings.TrimPrefix(groups[5], "all=") + "\n\n"
	for i := range exprs {
		exprs[i] = drawExpr(random)
		names, _, err := x.Expand(exprs[i])
		if err != nil {
			t.Fatalf("%s: %v", exprs[i], err)
		}
		ours[i] = set(names)
		input += exprs[i] + "\n" + Fold(names) + "\n"
	}
	cmd := exec.Command(python, "-c", clusterShell)
	cmd.Stdin = strings.NewReader(input)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.Split(string(out), "\n")
	if len(theirs) != 2*len(exprs)+1 {
		t.Fatalf("%d lines of %d expressions", len(theirs), len(exprs))
	}
	for i, expr := range exprs {
		if got := set(strings.Fields(theirs[2*i])); !slices.Equal(got, ours[i]) {
			t.Errorf("%s: nodeset has %v, we have %v", expr, got, ours[i])
		}
		if got := set(strings.Fields(theirs[2*i+1])); !slices.Equal(got, ours[i]) {
			t.Errorf("%s folds to %s, which nodeset reads as %v", expr, Fold(ours[i]), got)
		}
	}
}

// drawExpr draws an expression whose operands overlap.
func drawExpr(random *rand.Rand) string {
	one := func(of ...string) string { return of[random.IntN(len(of))] }
	number := func() string { return strconv.Itoa(random.IntN(12)) }
	span := func() string {
		low := random.IntN(10)
		high := low + random.IntN(8)
		return one(fmt.Sprintf("%d-%d", low, high), fmt.Sprintf("%d-%d/%d", low, high, 1+random.IntN(3)), fmt.Sprintf("%02d-%02d", low, high), number())
	}
	ranges := func() string { return "[" + one(span(), span()+","+span(), span()+","+number()) + "]" }
	operand := func() string {
		return one(
			"n"+number(), "n"+ranges(), "n"+ranges(), "web"+ranges(), "r"+one("1", "2", "[1-2]")+"n"+ranges(), "n"+ranges()+".example.com",
			"10.0."+one("0", "[0-1]")+".["+fmt.Sprint(1+random.IntN(5))+"-9]", "x", "m[1-3]",
			"@g"+one("1", "2", "3", "4", "5"), "@g["+one("1-2", "2-4", "1,3")+"]", "@*", "@all", "@other:g"+one("1", "2", "3"), "@other:*",
		)
	}
	expr := operand()
	for range random.IntN(6) {
		expr += one(",", "!", "&", "^", ",", " ! ", " & ", " ^ ", ", ") + operand()
	}
	return expr
}
