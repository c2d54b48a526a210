package spool

import (
	"fmt"
	"io"
	"os"
)

// file is what a spool needs of its file, so that a test can make it fail.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// tempFile makes a file in the directory for such, readable by its owner alone, whose name is gone when it returns: the
// file goes with this process, however that dies.
func tempFile() (file, error) {
	f, err := os.CreateTemp("", "muster-spool-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// take is place for those who do not hold the lock.
func (s *Spool) take(n int) (file, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.place(n)
}

// place takes n bytes of the file for the caller, who holds the lock. Those of a whole block may be given back, others
// never: they lie end to end, so that many short texts fill the file without gaps.
func (s *Spool) place(n int) (file, int64, error) {
	if s.err == nil && s.file == nil {
		create := s.create
		if create == nil {
			create = tempFile
		}
		f, err := create()
		if err != nil {
			s.err = fmt.Errorf("spool create: %w", err)
		}
		s.file = f
	}
	if s.err != nil {
		return nil, 0, s.err
	}
	if last := len(s.free) - 1; n == blockSize && last >= 0 {
		at := s.free[last]
		s.free = s.free[:last]
		return s.file, at, nil
	}
	at := s.end
	s.end += int64(n)
	return s.file, at, nil
}

func (s *Spool) giveBack(blocks []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, blocks...)
}

// fail returns the first failure, which err is unless there was one.
func (s *Spool) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = fmt.Errorf("spool write: %w", err)
	}
	return s.err
}
