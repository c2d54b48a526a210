package hostlist

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
)

const million = 1_000_000

func BenchmarkExpand(b *testing.B) {
	for _, expr := range []string{"n[0-999999]", "r[0-999]n[0-999]", "10.[0-99].[0-99].[0-99]", "root@r[0-999]n[0-999]!r5n5", "n[0-999999]&n[0-499999]", "n[0-499999]^n[250000-749999]"} {
		b.Run(expr, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := Expand(expr, million); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFold(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	shuffled := func(names []string) []string {
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		return names
	}
	each := func(name func(i int) string) []string {
		names := make([]string, million)
		for i := range names {
			names[i] = name(i)
		}
		return names
	}
	inputs := []struct {
		name  string
		names []string
	}{
		{"n[0-999999]", expand(b, "n[0-999999]")},
		{"r[0-999]n[0-999]", expand(b, "r[0-999]n[0-999]")},
		{"shuffled", shuffled(expand(b, "r[0-999]n[0-999]"))},
		{"diagonal", each(func(i int) string { return fmt.Sprintf("a%db%dc%d", i, i, i) })},
		{"sparse", each(func(i int) string { return "n" + strconv.Itoa(random.IntN(1<<50)) })},
		{"dense addresses", each(func(int) string {
			return fmt.Sprintf("10.%d.%d.%d", random.IntN(20), random.IntN(256), random.IntN(256))
		})},
		{"shapes", each(func(i int) string { return "i-" + strconv.FormatUint(random.Uint64(), 16) })},
	}
	for _, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			for b.Loop() {
				Fold(in.names)
			}
		})
	}
}

func expand(t testing.TB, expr string) []string {
	t.Helper()
	names, _, err := Expand(expr, million)
	if err != nil {
		t.Fatal(err)
	}
	return names
}
