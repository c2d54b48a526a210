package simulate

import (
	"bytes"
	"fmt"
	"time"

	"muster/internal/fleet"
	"muster/internal/procfs"
)

// exitStatus is what the command of a host of the kind Exit ends with.
const exitStatus = 7

// answer is what a command prints, and the status it ends with.
type answer struct {
	stdout, stderr []byte
	status         uint32
}

// answer works out what a command prints on host i.
func (f *Fleet) answer(i int, command string) answer {
	switch f.hosts[i].kind {
	case Exit:
		return answer{stderr: []byte("simulated failure\n"), status: exitStatus}
	case Garbage:
		return answer{stdout: bytes.Repeat([]byte("This account is currently not available.\n"), 4)}
	}
	a := shell(command, f.reading(i))
	if f.hosts[i].kind == Escape {
		a.stdout, a.stderr = escape(a.stdout, command), escape(a.stderr, command)
	}
	return a
}

// shell is that of a healthy host: it knows two commands, muster's and one for tools that are compared with it.
func shell(command string, r fleet.Reading) answer {
	if sentinel, ok := procfs.Sentinel(command); ok {
		return answer{stdout: procfs.Format(r, sentinel, time.Now())}
	}
	if command == "cat /proc/loadavg /proc/meminfo" {
		return answer{stdout: []byte(procfs.Loadavg(r) + procfs.Meminfo(r))}
	}
	return answer{stderr: fmt.Appendf(nil, "sh: %s: not found\n", command), status: 127}
}

// escape puts what a terminal would obey in front of each word, but for the lines that mark muster's sections: a colour,
// a window title, a line that looks like another's, and writing from right to left.
func escape(text []byte, command string) []byte {
	const evil = "\x1b[31m\x1b]0;owned\x07\nroot: ok\u202e"
	sentinel, marked := procfs.Sentinel(command)
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		if !marked || !bytes.HasPrefix(line, []byte(sentinel)) {
			line = append([]byte(evil), bytes.ReplaceAll(line, []byte(" "), []byte(" "+evil))...)
		}
		b.Write(line)
	}
	return b.Bytes()
}
