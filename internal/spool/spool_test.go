package spool

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// printed is n bytes that differ from those of other seeds, where n is above 8 or so, and begin those of longer ones.
func printed(seed uint64, n int) []byte {
	p := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)}).Read(p)
	return p
}

// keep writes text in pieces such as they come from a network.
func keep(t testing.TB, s *Spool, text []byte) *Text {
	t.Helper()
	return finish(t, s.Writer(), text)
}

func finish(t testing.TB, w *Writer, text []byte) *Text {
	t.Helper()
	for piece := range slices.Chunk(text, 2800) {
		if n, err := w.Write(piece); n != len(piece) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	kept, err := w.Text()
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func holds(t testing.TB, text *Text, want []byte) {
	t.Helper()
	if text.Len() != int64(len(want)) {
		t.Errorf("Len = %d, want %d", text.Len(), len(want))
	}
	if got, err := text.Bytes(); !bytes.Equal(got, want) || err != nil {
		t.Errorf("Bytes = %d bytes, %v, want %d", len(got), err, len(want))
	}
}

func closing(t testing.TB, s *Spool) *Spool {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// sizes are lengths at which something changes.
var sizes = []int{0, 1, 10, smallText, smallText + 1, blockSize - 1, blockSize, blockSize + 1, 2 * blockSize, 100_000}

func TestTexts(t *testing.T) {
	s := closing(t, &Spool{})
	for _, n := range sizes {
		text := printed(1, n)
		first, again, other := keep(t, s, text), keep(t, s, text), keep(t, s, printed(2, n+10))
		if first != again {
			t.Errorf("%d equal bytes are two texts", n)
		}
		if first == other {
			t.Errorf("%d bytes are the same text as others", n)
		}
		holds(t, first, text)
		holds(t, other, printed(2, n+10))
		if err := iotest.TestReader(first.Open(), text); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := keep(t, s, printed(1, 10)).ReadAt(nil, -1); err == nil {
		t.Error("ReadAt(-1): no error")
	}
}

// What is returned is the caller's own.
func TestBytesAreACopy(t *testing.T) {
	s := closing(t, &Spool{})
	text := keep(t, s, []byte("Linux"))
	got, _ := text.Bytes()
	got[0] = 'X'
	holds(t, text, []byte("Linux"))
}

// Whatever is written, in whatever pieces, by Writers in whatever turns, with whatever thrown away in between: each text
// holds what was written, and two are the same if and only if they are equal.
func TestTextsAreWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &Spool{memory: rapid.SampledFrom([]int{0, memoryBudget - 5000, memoryBudget}).Draw(rt, "in memory already")}
		defer s.Close()
		type writing struct {
			w       *Writer
			text    []byte
			written int
		}
		begin := func() writing {
			n := rapid.OneOf(rapid.SampledFrom(sizes), rapid.IntRange(0, 100_000)).Draw(rt, "size")
			text := printed(rapid.Uint64Range(1, 2).Draw(rt, "seed"), n)
			if n > 0 && rapid.Bool().Draw(rt, "another end") {
				text[n-1]++
			}
			return writing{w: s.Writer(), text: text}
		}
		flight := []writing{begin(), begin(), begin()}
		texts := map[string]*Text{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			at := rapid.IntRange(0, len(flight)-1).Draw(rt, "writer")
			f := &flight[at]
			if rapid.IntRange(0, 19).Draw(rt, "discard") == 0 {
				f.w.Discard()
				f.written = 0
			}
			if f.written < len(f.text) {
				piece := f.text[f.written:]
				piece = piece[:min(len(piece), rapid.SampledFrom([]int{1, 2800, blockSize, 90_000}).Draw(rt, "piece"))]
				if n, err := f.w.Write(piece); n != len(piece) || err != nil {
					rt.Fatalf("Write = %d, %v", n, err)
				}
				f.written += len(piece)
				continue
			}
			text, err := f.w.Text()
			if err != nil {
				rt.Fatal(err)
			}
			if known := texts[string(f.text)]; known != nil && known != text {
				rt.Fatalf("%d equal bytes are two texts", len(f.text))
			}
			texts[string(f.text)] = text
			flight[at] = begin()
		}
		distinct := map[*Text]bool{}
		for want, text := range texts {
			distinct[text] = true
			got, err := text.Bytes()
			streamed, err2 := io.ReadAll(text.Open())
			if string(got) != want || string(streamed) != want || text.Len() != int64(len(want)) || err != nil || err2 != nil {
				rt.Fatalf("%d bytes are %d, streamed %d; %v, %v", len(want), len(got), len(streamed), err, err2)
			}
		}
		if len(distinct) != len(texts) {
			rt.Fatalf("%d distinct texts, by pointer %d", len(texts), len(distinct))
		}
	})
}

// Many at once write the same few texts, half of which need the file, and read them back.
func TestTextsAtOnce(t *testing.T) {
	s := closing(t, &Spool{})
	const many, distinct = 64, 8
	found := make([][distinct]*Text, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			w := s.Writer()
			for j := range distinct {
				text := printed(uint64(j), 1000+j%2*70_000)
				aside := s.Writer()
				aside.Write(printed(uint64(1000+i), 40_000))
				found[i][j] = finish(t, w, text)
				holds(t, found[i][j], text)
				aside.Discard()
			}
		})
	}
	all.Wait()
	for i := range found {
		if found[i] != found[0] {
			t.Errorf("goroutine %d got other texts: %v, %v", i, found[i], found[0])
		}
	}
	if len(s.texts) != distinct {
		t.Errorf("%d texts", len(s.texts))
	}
	// Each goroutine has a block of the text beside it and up to two of its own in flight.
	if most := int64(distinct*(2*blockSize+70_000) + many*3*blockSize); s.end > most {
		t.Errorf("the file has %d bytes, want at most %d", s.end, most)
	}
}

// The file has no name, nobody else may read it, and it is there only where it is needed.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := &Spool{}
	keep(t, s, printed(1, smallText))
	w := s.Writer()
	w.Write(printed(1, blockSize-1))
	w.Discard()
	if s.file != nil {
		t.Error("a file for small texts")
	}
	large := keep(t, s, printed(1, smallText+1))
	f := s.file.(*os.File)
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 || info.Sys().(*syscall.Stat_t).Nlink != 0 {
		t.Errorf("the file has mode %v and %d names", info.Mode(), info.Sys().(*syscall.Stat_t).Nlink)
	}
	if !strings.HasPrefix(info.Name(), "muster-spool-") {
		t.Errorf("the file was %s", info.Name())
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := f.Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file after Close: %v", err)
	}
	if _, err := large.Bytes(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read after Close: %v", err)
	}
	if _, err := s.Writer().Write(printed(2, blockSize)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write after Close: %v", err)
	}
	if s.file != nil {
		t.Error("a file after Close")
	}
}

func TestNoDirectoryForTheFile(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	s := closing(t, &Spool{})
	w := s.Writer()
	if _, err := w.Write(printed(1, blockSize)); !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "spool create: ") {
		t.Errorf("Write: %v", err)
	}
	holds(t, keep(t, s, printed(1, 1000)), printed(1, 1000))
}
