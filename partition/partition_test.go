package partition_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/partition"
)

// item has an identity, its position, apart from its weight.
type item struct {
	pos    int
	weight float64
}

func weigh(it item) float64 { return it.weight }

func byWeight(items []item, n int) [][]item { return partition.Weighted(items, n, weigh) }

var splits = map[string]func([]item, int) [][]item{
	"block":    partition.Block[item],
	"cyclic":   partition.Cyclic[item],
	"weighted": byWeight,
}

var anyWeight = rapid.OneOf(
	rapid.Float64Range(0, 100),
	rapid.SampledFrom([]float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 5e-324}),
)

func drawItems(t *rapid.T, weight *rapid.Generator[float64], maxLen int) []item {
	var items []item
	for i, w := range rapid.SliceOfN(weight, 0, maxLen).Draw(t, "weights") {
		items = append(items, item{pos: i, weight: w})
	}
	return items
}

func TestEveryItemOnceInOrder(t *testing.T) {
	for name, split := range splits {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			items := drawItems(t, anyWeight, 40)
			n := rapid.IntRange(-2, 50).Draw(t, "n")
			chunks := split(items, n)

			if want := min(max(n, 1), len(items)); len(chunks) != want {
				t.Fatalf("%d chunks of %d items, want %d", len(chunks), len(items), want)
			}
			seen := make([]int, len(items))
			for c, chunk := range chunks {
				if len(chunk) == 0 {
					t.Fatalf("chunk %d is empty", c)
				}
				for i, it := range chunk {
					seen[it.pos]++
					if i > 0 && chunk[i-1].pos >= it.pos {
						t.Fatalf("chunk %d is out of order at %d", c, i)
					}
				}
			}
			for pos, times := range seen {
				if times != 1 {
					t.Fatalf("item %d is in %d chunks", pos, times)
				}
			}
		}))
	}
}

func TestDeterministic(t *testing.T) {
	for name, split := range splits {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			items := drawItems(t, rapid.Float64Range(0, 3), 40)
			n := rapid.IntRange(1, 9).Draw(t, "n")
			if a, b := split(items, n), split(slices.Clone(items), n); !reflect.DeepEqual(a, b) {
				t.Fatalf("two splits of one list: %v and %v", a, b)
			}
		}))
	}
}

func TestAppendLeavesOtherChunksAlone(t *testing.T) {
	for name, split := range splits {
		chunks := split([]item{{pos: 0}, {pos: 1}, {pos: 2}, {pos: 3}}, 2)
		second := slices.Clone(chunks[1])
		_ = append(chunks[0], item{pos: 99})
		if !slices.Equal(chunks[1], second) {
			t.Errorf("%s: appending to one chunk changed the next: %v, was %v", name, chunks[1], second)
		}
	}
}

func TestSizesDifferByAtMostOne(t *testing.T) {
	for _, name := range []string{"block", "cyclic"} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			items := make([]item, rapid.IntRange(1, 200).Draw(t, "items"))
			least, most := len(items), 0
			for _, chunk := range splits[name](items, rapid.IntRange(1, 50).Draw(t, "n")) {
				least, most = min(least, len(chunk)), max(most, len(chunk))
			}
			if most-least > 1 {
				t.Fatalf("sizes from %d to %d", least, most)
			}
		}))
	}
}

func TestBlockKeepsNeighbours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := drawItems(t, anyWeight, 40)
		chunks := partition.Block(items, rapid.IntRange(1, 9).Draw(t, "n"))
		for i, it := range slices.Concat(chunks...) {
			if it.pos != i {
				t.Fatalf("item %d stands at %d", it.pos, i)
			}
		}
	})
}

func TestCyclicDealsInTurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := drawItems(t, anyWeight, 40)
		chunks := partition.Cyclic(items, rapid.IntRange(1, 9).Draw(t, "n"))
		for c, chunk := range chunks {
			for i, it := range chunk {
				if it.pos != i*len(chunks)+c {
					t.Fatalf("chunk %d holds item %d at %d", c, it.pos, i)
				}
			}
		}
	})
}
