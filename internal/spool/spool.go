// Package spool keeps what many commands printed: each distinct text once, small ones in memory, the rest in a file that
// has no name.
//
// Memory is bounded by the number of texts, not by what is in them: 16 MiB for small texts, a block of 32 KiB for each
// Writer in use, some 200 bytes for each distinct text, and 8 bytes for each block in the file.
package spool

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"sync"
)

// In bytes. What counts against the budget is the content of small texts alone.
const (
	blockSize    = 32 << 10
	smallText    = 4 << 10
	memoryBudget = 16 << 20
)

// Spool holds distinct texts until it is closed. The zero value is empty and ready; many goroutines may use one.
//
// Once its file has failed, for example because its file system is full, whatever would go there fails with that first
// error. What was kept stays readable, and what needs no file is still kept.
type Spool struct {
	create func() (file, error) // nil: tempFile

	mu     sync.Mutex // never held while the file is read or written
	texts  map[key]*Text
	memory int     // the sum of the small texts in memory
	file   file    // nil until first needed, and after Close
	end    int64   // of the file: nothing from here on is taken
	free   []int64 // where blocks begin that were given back; each is in one place alone: here, in a Writer, or in a Text
	err    error   // the first failure of the file, or os.ErrClosed
}

// key tells texts apart.
type key struct {
	sum    [sha256.Size]byte
	length int64
}

// Close frees the file. No Text may be read afterwards: those in the file fail with os.ErrClosed, and so does whatever
// would go there. Closing again does nothing.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = os.ErrClosed
	}
	f := s.file
	s.file = nil
	if f == nil {
		return nil
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("spool close: %w", err)
	}
	return nil
}

// keep returns the text of that key, which ends with rest, less than a block, after the blocks that are in the file. The
// blocks and rest belong to the spool from now on, whatever it returns.
func (s *Spool) keep(k key, blocks []int64, rest []byte) (*Text, error) {
	t, f, err := s.enter(k, blocks, rest)
	if f == nil {
		return t, err
	}
	if _, err := f.WriteAt(rest, t.restAt); err != nil {
		return nil, s.fail(err) // others may have got t meanwhile: its rest stays in memory, for there will be no more of these
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.rest = nil
	return t, nil
}

// enter finds the text of that key or makes it. Where it returns a file, rest is still to be written there, at restAt.
func (s *Spool) enter(k key, blocks []int64, rest []byte) (*Text, file, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.texts[k]; t != nil {
		s.free = append(s.free, blocks...)
		return t, nil, nil
	}
	t := &Text{spool: s, length: k.length, blocks: slices.Clone(blocks)}
	var f file
	switch {
	case len(rest) == 0:
	case k.length <= smallText && s.memory+len(rest) <= memoryBudget:
		s.memory += len(rest)
		t.rest = bytes.Clone(rest)
	default:
		var err error
		if f, t.restAt, err = s.place(len(rest)); err != nil {
			s.free = append(s.free, blocks...)
			return nil, nil, err
		}
		t.rest = rest
	}
	if s.texts == nil {
		s.texts = map[key]*Text{}
	}
	s.texts[k] = t
	return t, f, nil
}
