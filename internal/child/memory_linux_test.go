package child

import "testing"

// What the descendants hold counts, however far they are.

func TestMemory(t *testing.T) {
	for _, held := range [][]string{{"64"}, {"64", "64"}, {"1", "1", "64"}} {
		c := start(t, self("hold", held...))
		want := int64(0)
		for _, megabytes := range held {
			readLine(t, c)
			want += int64(number(megabytes)) << 20
		}
		if got := c.Memory(); got < want || got > 4*want+64<<20 { // the race detector takes as much again, and more
			t.Errorf("%v MiB held: %d bytes", held, got)
		}
		c.setReaped(true)
		if got := c.Memory(); got != 0 {
			t.Errorf("%d bytes of whoever has the number now", got)
		}
		c.setReaped(false)
		c.Kill()
		c.Wait()
		if got := c.Memory(); got != 0 {
			t.Errorf("%d bytes after the end", got)
		}
	}
}

func (c *Child) setReaped(reaped bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reaped = reaped
}
