package remote

import (
	"bytes"
	"fmt"
)

// maxPreamble is how many bytes may come before the version line ends.
const maxPreamble = 4 << 10

var errPreamble = fmt.Errorf("no SSH version line in the first %d bytes", maxPreamble)

// preamble is what a peer sends until its version line ends: "Other lines of data before the version string", RFC 4253,
// section 4.2, which must not begin with "SSH-".
type preamble struct {
	head  [64]byte // the first bytes
	line  [4]byte  // the first bytes of the present line
	inRow int      // how many bytes the present line has
	count int
}

// add takes in more bytes, and reports whether the version line has ended.
func (l *preamble) add(p []byte) bool {
	for _, b := range p {
		if l.count < len(l.head) {
			l.head[l.count] = b
		}
		l.count++
		if b == '\n' {
			if l.inRow >= len(l.line) && l.version() {
				return true
			}
			l.inRow = 0
			continue
		}
		if l.inRow < len(l.line) {
			l.line[l.inRow] = b
		}
		l.inRow++
	}
	return false
}

// version reports whether the present line is a version line, as far as it has come.
func (l *preamble) version() bool {
	begun := l.line[:min(l.inRow, len(l.line))]
	return len(begun) > 0 && bytes.HasPrefix([]byte("SSH-"), begun)
}

// said is the first bytes.
func (l *preamble) said() []byte { return l.head[:min(l.count, len(l.head))] }
