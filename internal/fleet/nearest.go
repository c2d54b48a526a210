package fleet

import "slices"

// Nearest returns the field whose name is most like name, of at least one.
func Nearest(fields []Field, name string) Field {
	return slices.MinFunc(fields, func(a, b Field) int { return distance(name, a.Name) - distance(name, b.Name) })
}

// distance is the number of bytes to insert, delete or replace to turn a into b (Levenshtein). It looks at no more of
// either than any field's name could need.
func distance(a, b string) int {
	const enough = 64
	a, b = a[:min(len(a), enough)], b[:min(len(b), enough)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
