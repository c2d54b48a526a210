package child

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// giveAsParent gives our child pid, which is not reaped yet, what Spec.AsParent says, as far as the system lets it.
func giveAsParent(pid int) {
	if score, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", os.Getppid())); err == nil {
		giveScore(pid, bytes.TrimSpace(score))
	}
}

// giveScore sets a score of a process that has just become another program. Where we are not dumpable, the file is root's
// until the kernel, a moment after it closed our files, has finished that.
func giveScore(pid int, score []byte) {
	for range 50 {
		f, err := os.OpenFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), os.O_WRONLY, 0)
		if err == nil {
			_, _ = f.Write(score)
			f.Close()
		}
		if !errors.Is(err, fs.ErrPermission) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
