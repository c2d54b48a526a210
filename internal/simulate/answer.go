package simulate

import (
	"bytes"
	"io"

	"muster/internal/procfs"
)

// exitStatus is what the command of a host of the kind Exit ends with.
const exitStatus = 7

// maxAnswer bounds each stream of an answer that is worked out before any of it is sent.
const maxAnswer = 64 << 10

// answer is what a command prints, and the status it ends with.
type answer struct {
	stdout, stderr []byte
	status         uint32
}

// answer works out what a command prints on host i, whose kind does something to it.
func (f *Fleet) answer(i int, command string, std stdio) answer {
	switch f.hosts[i].kind {
	case Exit:
		return answer{stderr: []byte("simulated failure\n"), status: exitStatus}
	case Garbage:
		return answer{stdout: bytes.Repeat([]byte("This account is currently not available.\n"), 4)}
	}
	var out, errs bounded
	std.out, std.err = &out, &errs
	a := answer{status: f.shell(i, command, std)}
	a.stdout, a.stderr = out.Bytes(), errs.Bytes()
	if f.hosts[i].kind == Escape {
		a.stdout, a.stderr = escape(a.stdout, command), escape(a.stderr, command)
	}
	return a
}

// bounded fails once it holds maxAnswer bytes.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	n, _ := b.Buffer.Write(p[:min(len(p), maxAnswer-b.Len())])
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// escape puts what a terminal would obey in front of each word, but for the lines that mark muster's sections: a colour,
// a window title, a line that looks like another's, commands to CI systems, a formula, and writing from right to left.
func escape(text []byte, command string) []byte {
	const evil = "\x1b[31m\x1b]0;owned\x07\nroot: ok\n::error::owned\n##vso[task.complete]\n=1+1\u202e"
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
