package simulate

// Accepted is how many connections the fleet has taken so far.
func (f *Fleet) Accepted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.accepted
}

// Down has host i go away, which cuts its connections off, or return. While it is away it hangs up on who calls.
func (f *Fleet) Down(i int, down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down == nil {
		f.down = map[int]bool{}
	}
	f.down[i] = down
	for conn, host := range f.conns {
		if host == i && down {
			conn.Close()
		}
	}
}
