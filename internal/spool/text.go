package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Text is what was written, and never changes. Texts of one spool are equal if and only if their pointers are. Many
// goroutines may read one, until the spool is closed.
type Text struct {
	spool  *Spool
	length int64
	blocks []int64 // where its full blocks are in the file
	restAt int64   // where what comes after them is in the file
	rest   []byte  // or is in memory; guarded by the spool's lock
}

// Len is the length in bytes.
func (t *Text) Len() int64 { return t.length }

// Bytes returns the whole text, in memory that is the caller's own.
func (t *Text) Bytes() ([]byte, error) {
	p := make([]byte, t.length)
	if _, err := t.ReadAt(p, 0); err != nil {
		return nil, err
	}
	return p, nil
}

// Open returns a reader of the whole text, which need not be closed. Each has a position of its own.
func (t *Text) Open() *io.SectionReader { return io.NewSectionReader(t, 0, t.length) }

// ReadAt reads from that byte of the text on. It returns io.EOF for the end of the text alone.
func (t *Text) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("spool read: negative offset")
	}
	for n < len(p) && off < t.length {
		read, err := t.readPart(p[n:], off)
		n += read
		off += int64(read)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // or the caller would take it for the text's
		}
		if err != nil {
			return n, fmt.Errorf("spool read: %w", err)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// readPart reads what lies in one piece from off on, which is within the text.
func (t *Text) readPart(p []byte, off int64) (int, error) {
	f, rest := t.source()
	inFile, inBlocks := t.restAt, int64(len(t.blocks))*blockSize
	size := t.length - inBlocks
	if off < inBlocks {
		inFile, size = t.blocks[off/blockSize], blockSize
		off %= blockSize
	} else {
		off -= inBlocks
		if rest != nil {
			return copy(p, rest[off:]), nil
		}
	}
	if f == nil {
		return 0, os.ErrClosed
	}
	p = p[:min(int64(len(p)), size-off)]
	n, err := f.ReadAt(p, inFile+off)
	if n == len(p) {
		err = nil // io.EOF at the very end of the file, which io.ReaderAt allows
	}
	return n, err
}

func (t *Text) source() (file, []byte) {
	t.spool.mu.Lock()
	defer t.spool.mu.Unlock()
	return t.spool.file, t.rest
}
