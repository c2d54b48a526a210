package worker

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"

	"muster/internal/wire"
)

// A worker process goes first where memory runs out, dumps no core and lets no process of its user look into it, and still
// sees for itself what memory it took. Root may do anything, so it is another user here.
func TestProtection(t *testing.T) {
	cmd := process()
	if os.Getuid() == 0 {
		cmd.Path = "/proc/self/exe" // it may not see the directory of the binary
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer stdin.Close()
	frames := wire.NewUpReader(stdout, false)
	if up, err := frames.Next(); err != nil || up.Hello == nil {
		t.Fatalf("%+v, %v before hello", up, err)
	}

	proc := fmt.Sprintf("/proc/%d/", cmd.Process.Pid)
	if score, err := os.ReadFile(proc + "oom_score_adj"); string(score) != "1000\n" {
		t.Errorf("score %q, %v", score, err)
	}
	// The files of a process that is not dumpable are root's.
	if info, err := os.Stat(proc + "oom_score_adj"); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("dumpable: %+v, %v", info, err)
	}

	if _, err := io.Copy(stdin, lines(t, job(1, 2), hosts(1), end())); err != nil {
		t.Error(err)
	}
	for {
		up, err := frames.Next()
		if err != nil {
			t.Fatal(err)
		}
		if d := up.Done; d != nil {
			if d.MaxRSS < 1<<20 || d.PSS <= 0 || d.PSS > d.MaxRSS {
				t.Errorf("%+v", d)
			}
			return
		}
	}
}
