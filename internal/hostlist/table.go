package hostlist

import (
	"cmp"
	"slices"
)

// table holds the numbers of all names of one shape.
type table struct {
	literals []string // around the columns, one more than there are
	cells    []uint64 // row after row: the index of a text, then the packed numbers of the columns
}

// add makes a row of one name. Its text is the first one: what stands right of all columns.
func (t *table) add(numbers []uint64) {
	t.cells = append(append(t.cells, 0), numbers...)
}

// fold returns the words for the rows, sorted by the first name of each. Columns are folded from right to left: rows that
// agree in all but the last column become one row, and what was folded becomes text, kept once and known by its index.
// So each round has one column less, and at most as many rows and as much text as there were names. A row keeps the
// numbers of the first name in it:
//
//	r1n1 r1n2 r2n1 r2n2   ->   r1+"n[1-2]" r2+"n[1-2]"   ->   "r[1-2]n[1-2]"
func (t *table) fold() []string {
	last := len(t.literals) - 1
	if last == 0 || len(t.cells) == last+1 {
		return []string{t.first()}
	}
	texts := newTexts(t.literals[last])
	rows := slices.Collect(slices.Chunk(t.cells, last+1))
	for ; last > 0; last-- {
		rows = t.foldColumn(last, rows, texts)
	}
	slices.SortFunc(rows, func(a, b []uint64) int { return slices.Compare(a[1:], b[1:]) })
	words := make([]string, len(rows))
	for i, row := range rows {
		words[i] = texts.list[row[0]]
	}
	return words
}

// first returns the name of the first row.
func (t *table) first() string {
	var name []byte
	for i, literal := range t.literals {
		if i > 0 {
			name = appendPacked(name, t.cells[i])
		}
		name = append(name, literal...)
	}
	return string(name)
}

// foldColumn folds the last column into the rows' texts. It reuses rows.
func (t *table) foldColumn(last int, rows [][]uint64, texts *texts) [][]uint64 {
	slices.SortFunc(rows, func(a, b []uint64) int {
		return cmp.Or(slices.Compare(a[1:last], b[1:last]), cmp.Compare(a[0], b[0]), cmp.Compare(a[last], b[last]))
	})
	folded := rows[:0]
	var numbers []uint64
	var text []byte
	for i := 0; i < len(rows); {
		first := rows[i]
		numbers = numbers[:0]
		for ; i < len(rows) && rows[i][0] == first[0] && slices.Equal(rows[i][1:last], first[1:last]); i++ {
			numbers = append(numbers, rows[i][last])
		}
		text = append(text[:0], t.literals[last-1]...)
		text = appendRanges(text, numbers)
		text = append(text, texts.list[first[0]]...)
		folded = append(folded, first)
		first[0] = texts.index(text)
	}
	return folded
}

// texts numbers texts, each once.
type texts struct {
	list    []string
	indexes map[string]uint64
}

func newTexts(first string) *texts {
	return &texts{list: []string{first}, indexes: map[string]uint64{}}
}

func (t *texts) index(text []byte) uint64 {
	if i, ok := t.indexes[string(text)]; ok {
		return i
	}
	i := uint64(len(t.list))
	t.list = append(t.list, string(text))
	t.indexes[t.list[i]] = i
	return i
}
