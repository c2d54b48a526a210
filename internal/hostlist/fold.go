package hostlist

import (
	"maps"
	"slices"
	"strings"
)

// Fold writes hosts in as few words as it finds: numbers become ranges, in several dimensions where whole rectangles are
// there, as in r[1-2]n[1-16]. Names of different padding stay apart: n[1-9,01-09]. The result is sorted, its words
// joined by commas; names in any order give the same text, and Expand gives the same hosts back. Names that ParseHost
// refuses have no meaning here. IPv6 addresses, whose digits are not decimal, are listed as they are.
//
// The time is that of sorting, n log n, whatever the names.
func Fold(names []string) string {
	tables := map[string]*table{}
	var shape []byte
	var numbers []uint64
	for _, name := range names {
		shape, numbers = dissect(strings.ReplaceAll(name, hole, "?"), shape[:0], numbers[:0])
		t := tables[string(shape)]
		if t == nil {
			t = &table{literals: strings.Split(string(shape), hole)}
			tables[string(shape)] = t
		}
		t.add(numbers)
	}
	var words []string
	for _, shape := range slices.Sorted(maps.Keys(tables)) {
		words = append(words, tables[shape].fold()...)
	}
	return strings.Join(words, ",")
}

const (
	hole       = "\x00" // stands for a number in a shape
	maxNumbers = 8      // in one name; further ones are plain text
)

// dissect takes a name apart: its shape is its text with a hole for each number. It appends to both slices.
func dissect(name string, shape []byte, numbers []uint64) ([]byte, []uint64) {
	if strings.IndexByte(name, '[') >= 0 || strings.Count(name, ":") > 1 {
		return append(shape, name...), numbers
	}
	for i := 0; i < len(name); {
		end := i
		for end < len(name) && '0' <= name[end] && name[end] <= '9' {
			end++
		}
		switch {
		case end == i:
			shape = append(shape, name[i])
			i++
			continue
		case end-i > maxDigits || len(numbers) == maxNumbers:
			shape = append(shape, name[i:end]...)
		default:
			shape = append(shape, hole...)
			numbers = append(numbers, pack(name[i:end]))
		}
		i = end
	}
	return shape, numbers
}
