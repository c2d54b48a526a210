package child

import (
	"bufio"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Only a foreign child itself is signalled: what it has in its group is left to end what it has to end.
func TestForeign(t *testing.T) {
	c, err := Start(Spec{Path: "sh", Args: []string{"-c", "sleep 1000 & echo $!; wait"}, Foreign: true})
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	helper, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Kill(); err != nil {
		t.Error(err)
	}
	if e := c.Wait(); e.Signal != "SIGKILL" {
		t.Error(e)
	}
	if err := syscall.Kill(helper, syscall.SIGKILL); err != nil {
		t.Errorf("its helper: %v", err)
	}
}
