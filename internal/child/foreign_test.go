package child

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Only a foreign child itself is signalled: what it has in its group is left to end what it has to end.
func TestForeign(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "answer")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	answer, err := os.OpenFile(fifo, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	// The helper waits for the end of its input, which is the child's.
	c, err := Start(Spec{Path: "sh", Args: []string{"-c", `exec 3<&0; { cat <&3; echo alive; } >"$0" & echo; wait`, fifo}, Foreign: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := c.Kill(); err != nil {
		t.Error(err)
	}
	if e := c.Wait(); e.Signal != "SIGKILL" {
		t.Error(e)
	}
	answer.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(answer, make([]byte, len("alive\n"))); err != nil {
		t.Errorf("its helper: %v", err)
	}
}
