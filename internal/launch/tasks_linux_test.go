package launch

import (
	"math"
	"os"
	"strings"
	"testing"
)

// Our own threads are among those that a limit of our user counts, and there is room for workers here.
func TestTasks(t *testing.T) {
	const limit = 100 // so few that they are counted one by one
	if free := freeOfUser(limit); free >= limit || free < limit-2*allTasks() {
		t.Errorf("%d free of %d, %d tasks in all", free, limit, allTasks())
	}
	if free := freeOfUser(math.MaxInt32); free < math.MaxInt32-2*allTasks() {
		t.Errorf("%d free of many", free)
	}
	if MaxWorkers() < 1 {
		t.Errorf("%d workers", MaxWorkers())
	}
	for _, dir := range pidGroups() {
		if !strings.HasPrefix(dir, "/sys/fs/cgroup") {
			t.Errorf("group %s", dir)
		}
	}
	for text, want := range map[string]int{"max\n": 0, "40\n": 40, "": 0} {
		file := t.TempDir() + "/pids.max"
		os.WriteFile(file, []byte(text), 0o600)
		if n, limited := number(file); n != want || limited != (want > 0) {
			t.Errorf("%q: %d, %v", text, n, limited)
		}
	}
}
