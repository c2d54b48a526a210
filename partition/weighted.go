package partition

import (
	"cmp"
	"container/heap"
	"slices"
)

// Weighted splits items into n chunks of about the same total weight, by the rule "longest processing time first": the
// heaviest item left goes to the lightest chunk. The heaviest chunk then weighs at most 4/3 - 1/(3n) times what the best
// possible split's would (R. L. Graham, "Bounds on Multiprocessing Timing Anomalies", 1969). Ties between items go to
// the earlier one; ties between chunks to the one with fewer items, then to the earlier one.
//
// weight is called once an item, in order. Negative weights and NaN count as zero. An infinite weight is heavier than
// any sum of finite ones, and a chunk that holds one gets more only when all do.
func Weighted[T any](items []T, n int, weight func(T) float64) [][]T {
	n = count(len(items), n)
	weights := make([]float64, len(items))
	heaviest := make([]int, len(items))
	for i, item := range items {
		if w := weight(item); w > 0 {
			weights[i] = w
		}
		heaviest[i] = i
	}
	slices.SortStableFunc(heaviest, func(a, b int) int { return cmp.Compare(weights[b], weights[a]) })

	chunks := make(loads, n)
	for c := range chunks {
		chunks[c].chunk = c
	}
	owner := make([]int, len(items))
	for _, i := range heaviest {
		lightest := &chunks[0]
		owner[i] = lightest.chunk
		lightest.weight += weights[i]
		lightest.items++
		heap.Fix(&chunks, 0)
	}
	return gather(items, owner, n)
}

// load is what one chunk has been given so far.
type load struct {
	weight float64
	items  int
	chunk  int
}

// loads is a heap of all chunks, the lightest on top.
type loads []load

func (l loads) Len() int      { return len(l) }
func (l loads) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l loads) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(l[i].weight, l[j].weight), l[i].items-l[j].items, l[i].chunk-l[j].chunk) < 0
}

// Push and Pop complete heap.Interface; the number of chunks never changes.
func (l loads) Push(any) { panic("partition: chunks are fixed") }
func (l loads) Pop() any { panic("partition: chunks are fixed") }
