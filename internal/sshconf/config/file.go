package config

import (
	"slices"
	"strings"
)

// file is what one file says.
type file struct {
	name   string
	blocks []block
	named  map[string][]int // which blocks are for the host of a name alone, in order
	others []int            // all other blocks, in order
}

// block is some lines that apply together.
type block struct {
	head  *line // Host or Match; nil: it applies wherever the file does
	lines []line
}

func newFile(name string) *file {
	return &file{name: name, blocks: []block{{}}, named: map[string][]int{}, others: []int{0}}
}

// add adds a line, which may begin a block.
func (f *file) add(n line) {
	if n.keyword != "host" && n.keyword != "match" {
		last := &f.blocks[len(f.blocks)-1]
		last.lines = append(last.lines, n)
		return
	}
	number := len(f.blocks)
	f.blocks = append(f.blocks, block{head: &n})
	if n.keyword == "match" || slices.ContainsFunc(n.args, func(pattern string) bool { return strings.ContainsAny(pattern, "*?!") }) {
		f.others = append(f.others, number)
		return
	}
	for _, name := range n.args {
		f.named[name] = append(f.named[name], number)
	}
}

// candidates are the numbers of the blocks that may apply to a host, in order: of thousands, mostly a few.
func (f *file) candidates(host string) []int {
	named := f.named[host]
	if len(named) == 0 {
		return f.others
	}
	all := slices.Concat(f.others, named)
	slices.Sort(all)
	return slices.Compact(all) // a Host may name one host twice
}
