package spool

import (
	"crypto/sha256"
	"hash"
)

// Writer takes in one text, piece by piece, and then the next. One goroutine may use it. It holds less than a block of
// what it was given, and a part of the file: end each with Text or Discard, for until then nobody else gets that part.
type Writer struct {
	spool  *Spool
	blocks []int64   // where the full blocks are in the file
	sum    hash.Hash // of these blocks; nil while there are none
	rest   []byte    // what comes after them, less than a block
	err    error     // why the text is lost
}

// Writer begins a text. It cannot fail, and takes next to no memory until something is written.
func (s *Spool) Writer() *Writer { return &Writer{spool: s} }

// Write adds to the text. Its errors are those of the spool's file, to which every full block goes at once; they last
// until the text is ended.
func (w *Writer) Write(p []byte) (n int, err error) {
	for n < len(p) && w.err == nil {
		n += w.fill(p[n:])
		if len(w.rest) == blockSize {
			w.err = w.spill()
		}
	}
	return n, w.err
}

// fill takes as much of p as the block has room for.
func (w *Writer) fill(p []byte) int {
	p = p[:min(len(p), blockSize-len(w.rest))]
	if need := len(w.rest) + len(p); need > cap(w.rest) {
		grown := make([]byte, len(w.rest), min(max(need, 2*cap(w.rest)), blockSize))
		copy(grown, w.rest)
		w.rest = grown
	}
	w.rest = append(w.rest, p...)
	return len(p)
}

// spill moves the full block to the file.
func (w *Writer) spill() error {
	f, at, err := w.spool.take(blockSize)
	if err != nil {
		return err
	}
	w.blocks = append(w.blocks, at)
	if _, err := f.WriteAt(w.rest, at); err != nil {
		return w.spool.fail(err)
	}
	if w.sum == nil {
		w.sum = sha256.New()
	}
	w.sum.Write(w.rest)
	w.rest = w.rest[:0]
	return nil
}

// Text ends the text and returns it: the same *Text for the same bytes, whoever wrote them, in whatever pieces. It fails
// where a Write did, or where the file does. The Writer is as new then, in either case.
func (w *Writer) Text() (*Text, error) {
	if err := w.err; err != nil {
		w.Discard()
		return nil, err
	}
	k, blocks, rest := w.key(), w.blocks, w.rest
	*w = Writer{spool: w.spool}
	return w.spool.keep(k, blocks, rest)
}

// Discard throws away what was written, and the error that there was. The Writer is as new then.
func (w *Writer) Discard() {
	w.spool.giveBack(w.blocks)
	*w = Writer{spool: w.spool}
}

func (w *Writer) key() key {
	k := key{length: int64(len(w.blocks)*blockSize + len(w.rest))}
	if w.sum == nil {
		k.sum = sha256.Sum256(w.rest)
		return k
	}
	w.sum.Write(w.rest)
	w.sum.Sum(k.sum[:0])
	return k
}
