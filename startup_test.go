package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Every worker is another start of this binary, so that what packages do before main is paid for by each of them. One
// that starts to fill tables there (github.com/mattn/go-runewidth#104 took 20 ms) is to be noticed.
func TestStartIsCheap(t *testing.T) {
	cmd := exec.Command(built(t), "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	r := run(t, cmd)
	const mostBytes = 2 << 20
	var bytes int
	for line := range strings.Lines(r.stderr) {
		// init NAME @N ms, N ms clock, N bytes, N allocs
		var n int
		if fields := strings.Fields(line); len(fields) > 8 && fields[0] == "init" {
			n, _ = strconv.Atoi(fields[7])
		}
		bytes += n
		if n > mostBytes/2 {
			t.Errorf("one package takes half of what all may: %s", line)
		}
	}
	if bytes == 0 || bytes > mostBytes {
		t.Errorf("packages allocate %d bytes before main, at most %d:\n%s", bytes, mostBytes, r.stderr)
	}
}
