package inventory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"muster/internal/fleet"
)

const (
	maxItems = 256 << 20 // bytes of all items of one file
	maxItem  = 48 << 10  // bytes of one item
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
	var file io.Reader = c.src.Stdin
	if name == "-" {
		name = "stdin"
		if file == nil {
			c.problems.add(fmt.Errorf("stdin: %w", fs.ErrClosed))
			return
		}
	} else {
		f, err := os.Open(name)
		if err != nil {
			c.problems.add(err)
			return
		}
		defer f.Close()
		file = f
	}
	limited := &io.LimitedReader{R: file, N: maxItems + 1}
	lines := bufio.NewReaderSize(limited, maxItem+2)
	for n := 1; !c.full; n++ {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			c.problems.add(fmt.Errorf("%s:%d: an item of more than %d bytes", name, n, maxItem))
			return
		case err != nil && err != io.EOF:
			c.problems.add(err)
			return
		case limited.N == 0:
			c.problems.add(fmt.Errorf("%s: more than %d MiB of items", name, maxItems>>20))
			return
		case err == io.EOF && len(line) == 0:
			return
		}
		if err := c.addItem(strings.TrimSuffix(string(line), "\n")); err != nil {
			c.problems.add(fmt.Errorf("%s:%d: %w", name, n, err))
		}
	}
}
