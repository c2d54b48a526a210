// Package partition splits a list into chunks, one for each worker. Which item goes where is a pure function of the list
// and the number of chunks: the same call gives the same chunks, on any machine.
//
// Block keeps neighbours together, Cyclic deals the items out like cards, and Weighted evens out what the chunks cost:
//
//	Block([a b c d e], 2)    [a b c] [d e]
//	Cyclic([a b c d e], 2)   [a c e] [b d]
//
// All three share these rules. Every item is in exactly one chunk, and inside a chunk items stand in the order they were
// given. Fewer than one chunk counts as one, and more chunks than items are lowered to the number of items, so that no
// chunk is empty and an empty list has no chunks. Appending to a chunk never changes another.
package partition

// count returns how many chunks there can be: n, at least one, at most one an item.
func count(items, n int) int {
	return min(max(n, 1), items)
}

// Block splits items into n runs of neighbours whose sizes differ by at most one, the longer ones first. The chunks are
// slices of items itself: nothing is copied.
func Block[T any](items []T, n int) [][]T {
	n = count(len(items), n)
	chunks := make([][]T, n)
	for i := range chunks {
		size := len(items) / (n - i)
		if len(items)%(n-i) > 0 {
			size++
		}
		chunks[i], items = items[:size:size], items[size:]
	}
	return chunks
}

// Cyclic deals items out in turn, the i-th to chunk i mod n, so that sizes differ by at most one and a slow stretch of
// the list, such as one dead rack, is spread over all chunks.
func Cyclic[T any](items []T, n int) [][]T {
	n = count(len(items), n)
	array := make([]T, 0, len(items))
	chunks := make([][]T, n)
	for c := range chunks {
		from := len(array)
		for i := c; i < len(items); i += n {
			array = append(array, items[i])
		}
		chunks[c] = array[from:len(array):len(array)]
	}
	return chunks
}

// gather returns the n chunks in which items[i] is in chunk owner[i]. They share one new array.
func gather[T any](items []T, owner []int, n int) [][]T {
	sizes := make([]int, n)
	for _, c := range owner {
		sizes[c]++
	}
	array := make([]T, len(items))
	chunks := make([][]T, n)
	for c, size := range sizes {
		chunks[c], array = array[:0:size], array[size:]
	}
	for i, c := range owner {
		chunks[c] = append(chunks[c], items[i])
	}
	return chunks
}
