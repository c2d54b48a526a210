package inventory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"muster/internal/fleet"
)

const (
	maxItems = 256 << 20 // bytes of all items of one file
	maxItem  = 48 << 10  // bytes of one item
	block    = 256 << 10 // bytes of items that are kept in one piece
)

// LoadItems reads lines of any kind in place of hosts: each of Args, and each line of Files, verbatim and however often
// it occurs. An item is a Host of which there is the Label alone. Of a Source it takes no more than Args, Files, Stdin,
// Max and AllowEmpty; its errors are as Load's.
func LoadItems(src Source) (List, error) {
	c := newCollector(src)
	for i, item := range src.Args {
		if strings.Contains(item, "\n") {
			c.problems.add(fmt.Errorf("item %d: a line break within an item", i+1))
			continue
		}
		if err := c.addItem(item); err != nil {
			c.problems.add(fmt.Errorf("item %d: %w", i+1, err))
		}
	}
	for _, name := range src.Files {
		c.addItemFile(name)
	}
	if err := c.problems.err(); err != nil {
		return List{}, err
	}
	if len(c.hosts) == 0 && !src.AllowEmpty {
		return List{}, fmt.Errorf("%w: no items", ErrNoHosts)
	}
	return List{Hosts: c.hosts}, nil
}

func (c *collector) addItem(item string) error {
	switch {
	case c.full:
	case len(item) > maxItem:
		return fmt.Errorf("an item of %d bytes: at most %d", len(item), maxItem)
	case len(c.hosts) == c.max:
		c.full = true
		return fmt.Errorf("more items than the limit of %d; --max-hosts sets the limit", c.max)
	default:
		c.hosts = append(c.hosts, fleet.Host{Label: item})
	}
	return nil
}

// addItemFile adds the lines of one file. A last line need not be ended.
func (c *collector) addItemFile(name string) {
	file, name, err := c.open(name)
	if err != nil {
		c.problems.add(err)
		return
	}
	defer file.Close()
	blocks, n, err := readItems(name, file, c.max-len(c.hosts)+1) // one too many is enough
	c.hosts = slices.Grow(c.hosts, min(n, c.max-len(c.hosts)))
	n = 0
	for _, text := range blocks {
		for line := range strings.Lines(text) {
			n++
			if err := c.addItem(strings.TrimSuffix(line, "\n")); err != nil {
				c.problems.add(fmt.Errorf("%s:%d: %w", name, n, err))
			}
		}
	}
	if err != nil && !c.full {
		c.problems.add(err)
	}
}

// readItems reads lines, at most so many, and returns them in few pieces: an allocation for each would cost more than all
// else that is done with it. Those before an error are returned with it.
func readItems(name string, r io.Reader, most int) (blocks []string, n int, err error) {
	limited := &io.LimitedReader{R: r, N: maxItems + 1}
	lines := bufio.NewReaderSize(limited, maxItem+2)
	batch := make([]byte, 0, block)
	for ; n < most && err == nil; n++ {
		var line []byte
		if line, err = nextItem(lines, limited, name, n+1); len(line) == 0 {
			break
		}
		if len(batch)+len(line) > block {
			blocks, batch = append(blocks, string(batch)), batch[:0]
		}
		batch = append(batch, line...)
	}
	if err == io.EOF {
		err = nil
	}
	return append(blocks, string(batch)), n, err
}

// nextItem returns the next line. A last one need not be ended.
func nextItem(lines *bufio.Reader, limited *io.LimitedReader, name string, n int) ([]byte, error) {
	line, err := lines.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("%s:%d: an item of more than %d bytes", name, n, maxItem)
	case err != nil && err != io.EOF:
		return nil, err
	case limited.N == 0:
		return nil, fmt.Errorf("%s: more than %d MiB of items", name, maxItems>>20)
	}
	return line, err
}
