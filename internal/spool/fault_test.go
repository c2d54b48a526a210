package spool

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// full is a file on a file system that has room for so many bytes. Like a full disk's, a write that fails has written a
// part.
type full struct {
	*os.File
	room int
}

func (f *full) WriteAt(p []byte, at int64) (int, error) {
	fits := min(len(p), f.room)
	f.room -= fits
	n, err := f.File.WriteAt(p[:fits], at)
	if err == nil && fits < len(p) {
		err = syscall.ENOSPC
	}
	return n, err
}

func fullSpool(t *testing.T, room int) *Spool {
	return closing(t, &Spool{create: func() (file, error) {
		f, err := tempFile()
		if err != nil {
			return nil, err
		}
		return &full{f.(*os.File), room}, nil
	}})
}

// The first failure is the one that is told, to everybody whose text needs the file; what was kept stays, and what needs
// no file is kept.
func TestFullDisk(t *testing.T) {
	for room, fails := range map[int]string{
		4*blockSize + 99:   "a block",
		5*blockSize + 1000: "the rest of a text",
	} {
		s := fullSpool(t, room)
		before, known := keep(t, s, printed(1, 2*blockSize+50)), keep(t, s, printed(4, blockSize))
		w := s.Writer()
		_, err := w.Write(printed(2, 2*blockSize+5000))
		if wrote := err == nil; wrote != (fails == "the rest of a text") {
			t.Errorf("%s: Write: %v", fails, err)
		}
		text, err := w.Text()
		if text != nil || !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "spool write: ") {
			t.Errorf("%s: Text = %v, %v", fails, text, err)
		}
		s.file.(*full).room = 1 << 30 // somebody made room: too late
		if _, again := w.Write(printed(3, blockSize)); again != err {
			t.Errorf("%s: Write of another text: %v", fails, again)
		}
		if _, again := w.Write([]byte("x")); again != err {
			t.Errorf("%s: another Write: %v", fails, again)
		}
		w.Discard()
		holds(t, finish(t, w, printed(5, 100)), printed(5, 100))
		w.Write(append(printed(4, blockSize), "and more"...)) // what was taken in of it is known
		if text, again := w.Text(); again != err || text != nil {
			t.Errorf("%s: Text of what was lost: %v", fails, again)
		}
		w.Write(printed(3, smallText+1))
		if _, again := w.Text(); again != err {
			t.Errorf("%s: Text of a rest: %v", fails, again)
		}
		holds(t, before, printed(1, 2*blockSize+50))
		holds(t, known, printed(4, blockSize))
		small := keep(t, s, printed(2, 100))
		holds(t, small, printed(2, 100))
		if keep(t, s, printed(1, 100)) == small || keep(t, s, printed(2, 100)) != small {
			t.Errorf("%s: small texts are mixed up", fails)
		}
	}
}

// Of an equal text that another is about to write, one gets the bytes even if that fails.
func TestKnownTextOutlivesAFullDisk(t *testing.T) {
	s := fullSpool(t, 1000)
	w := s.Writer()
	w.Write(printed(1, 5000))
	if _, err := w.Text(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	holds(t, keep(t, s, printed(1, 5000)), printed(1, 5000))
}

// A file that ends too early is a failure, not the end of the text.
func TestFileCutOff(t *testing.T) {
	s := closing(t, &Spool{})
	text := keep(t, s, printed(1, 2*blockSize+50))
	s.file.(*os.File).Truncate(blockSize + 7)
	if n, err := io.Copy(io.Discard, text.Open()); n != blockSize+7 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if _, err := text.Bytes(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Bytes: %v", err)
	}
}
