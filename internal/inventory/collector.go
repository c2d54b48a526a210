package inventory

import (
	"cmp"
	"fmt"
	"slices"

	"muster/internal/fleet"
	"muster/internal/hostlist"
)

// collector gathers the hosts of one Load. What is excluded comes first.
type collector struct {
	src      Source
	max      int
	lists    hostlist.Expander
	groups   groups
	ansible  *ansible // nil: there is no inventory
	excluded map[hostlist.Host]struct{}
	hosts    []fleet.Host
	seen     *seen
	repeated int
	leftOut  int  // as excluded
	full     bool // there are more than max hosts: no more are taken
	doubts   []string
	problems problems
}

func newCollector(src Source) *collector {
	most := cmp.Or(src.Max, DefaultMax)
	return &collector{
		src:      src,
		max:      most,
		lists:    hostlist.Expander{Limit: most},
		excluded: map[hostlist.Host]struct{}{},
	}
}

func (c *collector) exclude(expr string) error {
	names, _, err := c.lists.Expand(expr)
	if err != nil {
		return err
	}
	for _, name := range names {
		h, err := hostlist.ParseHost(name)
		if err != nil {
			return err
		}
		c.excluded[h] = struct{}{}
	}
	return nil
}

func (c *collector) addLocal() {
	h := fleet.Host{Label: "localhost", Name: "localhost", Local: true}
	if c.isExcluded(hostlist.Host{Name: h.Name}) {
		c.leftOut++
		return
	}
	c.hosts = append(c.hosts, h)
}

// add adds the hosts of one expression. That there are too many is said once; after it nothing is added.
func (c *collector) add(expr string) error {
	if c.full {
		return nil
	}
	names, repeated, err := c.lists.Expand(expr)
	if err != nil {
		return err
	}
	c.repeated += repeated
	if c.seen == nil {
		c.seen = newSeen(len(names))
	}
	c.hosts = slices.Grow(c.hosts, len(names))
	for _, name := range names {
		parsed, err := hostlist.ParseHost(name)
		if err != nil {
			return err
		}
		h := fleet.Host{Label: name, User: parsed.User, Name: parsed.Name, Port: parsed.Port}
		if known := c.ansible.known(parsed); known != nil {
			if h, err = known.reach(h); err != nil {
				c.problems.add(err)
				continue
			}
		}
		if c.src.Route != nil {
			if h, err = c.src.Route(h); err != nil {
				return err
			}
		}
		h = h.WithDefaults(c.src.User, c.src.Port)
		if c.isExcluded(idOf(h)) {
			c.leftOut++
			continue
		}
		if c.seen.again(h, c.hosts) {
			c.repeated++
			continue
		}
		if len(c.hosts) == c.max {
			c.full = true
			return fmt.Errorf("more hosts than the limit of %d; --max-hosts sets the limit", c.max)
		}
		c.hosts = append(c.hosts, h)
	}
	return nil
}

func (c *collector) isExcluded(h hostlist.Host) bool {
	if len(c.excluded) == 0 {
		return false
	}
	for _, form := range h.Forms() {
		if _, ok := c.excluded[form]; ok {
			return true
		}
	}
	return false
}

func (c *collector) notes() []string {
	switch c.repeated {
	case 0:
		return c.doubts
	case 1:
		return append(c.doubts, "1 host was named twice and is done once")
	}
	return append(c.doubts, fmt.Sprintf("%d hosts were named again and are done once", c.repeated))
}

func (c *collector) noHosts() error {
	if c.leftOut > 0 {
		return fmt.Errorf("%w: all that were named are excluded", ErrNoHosts)
	}
	return ErrNoHosts
}
