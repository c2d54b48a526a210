package worker

import (
	"math"
	"runtime/debug"
	"testing"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// A worker that logs in to hosts bounds what its garbage may hold by how many it has in flight, unless the user set a
// bound, and others do not.
func TestMemoryLimit(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	logins := []fleet.Login{{}}
	for _, c := range []struct {
		job   wire.Job
		users string
		want  int64
	}{
		{wire.Job{Fanout: 64}, "", math.MaxInt64},
		{wire.Job{Fanout: 64, Logins: logins}, "1GiB", math.MaxInt64},
		{wire.Job{Fanout: 64, Logins: logins}, "", 312 << 20},
		{wire.Job{Fanout: 2, Logins: logins, Input: make([]byte, 1<<20)}, "", 34 << 20},
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		t.Setenv("GOMEMLIMIT", c.users)
		if limitMemory(c.job); debug.SetMemoryLimit(-1) != c.want {
			t.Errorf("%d in flight, user says %q: %d, want %d", c.job.Fanout, c.users, debug.SetMemoryLimit(-1), c.want)
		}
	}
}

// The collector works less in a worker that logs in to hosts, unless the user said how much it is to.
func TestGarbage(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, c := range []struct {
		job   wire.Job
		users string
		want  int
	}{
		{wire.Job{}, "", 50},
		{wire.Job{Logins: []fleet.Login{{}}}, "100", 50},
		{wire.Job{Logins: []fleet.Login{{}}}, "", garbage},
	} {
		t.Setenv("GOGC", c.users)
		debug.SetGCPercent(50)
		if limitMemory(c.job); debug.SetGCPercent(50) != c.want {
			t.Errorf("%d logins, user says %q", len(c.job.Logins), c.users)
		}
	}
}
