package spool

import "testing"

const mebi = 1 << 20

// Equal output of many hosts takes its space once, and what is in flight.
func TestEqualTextsReuseBlocks(t *testing.T) {
	s := closing(t, &Spool{})
	text := printed(1, mebi+100)
	first := keep(t, s, text)
	for range 50 {
		if keep(t, s, text) != first {
			t.Fatal("equal bytes are two texts")
		}
	}
	if most := int64(2*mebi + 100); s.end != most {
		t.Errorf("the file has %d bytes, want %d", s.end, most)
	}
	holds(t, first, text)
}

func TestDiscardedTextsReuseBlocks(t *testing.T) {
	s := closing(t, &Spool{})
	w := s.Writer()
	for i := range 50 {
		w.Write(printed(uint64(i), mebi))
		w.Discard()
	}
	if s.end != mebi {
		t.Errorf("the file has %d bytes", s.end)
	}
	w.Write([]byte("again"))
	text, err := w.Text()
	if err != nil {
		t.Fatal(err)
	}
	holds(t, text, []byte("again"))
	w.Write([]byte("and anew"))
	if text, err = w.Text(); err != nil {
		t.Fatal(err)
	}
	holds(t, text, []byte("and anew"))
}

// Small texts stay in memory up to the budget; others lie end to end in the file.
func TestBudget(t *testing.T) {
	s := closing(t, &Spool{})
	const within, beyond = memoryBudget / smallText, 100
	for i := range within + beyond {
		text := printed(uint64(i), smallText)
		for range 2 {
			holds(t, keep(t, s, text), text)
		}
		if i == within-1 && s.file != nil {
			t.Error("a file within the budget")
		}
	}
	memory := 0
	for _, text := range s.texts {
		memory += cap(text.rest)
	}
	if memory != memoryBudget || s.memory != memory {
		t.Errorf("%d bytes in memory, said to be %d, want %d", memory, s.memory, memoryBudget)
	}
	if s.end != beyond*smallText {
		t.Errorf("the file has %d bytes, want %d", s.end, beyond*smallText)
	}
}

// A Writer holds what it was given, and at most a block.
func TestWriterHoldsWhatItNeeds(t *testing.T) {
	for _, tt := range []struct{ pieces, size, most int }{{1, 10, 16}, {1, 2800, 2800}, {4, 2800, 16 << 10}, {400, 2800, blockSize}, {1, mebi, blockSize}} {
		s := closing(t, &Spool{})
		w := s.Writer()
		for i := range tt.pieces {
			w.Write(printed(uint64(i), tt.size))
			if cap(w.rest) > tt.most || len(w.rest) >= blockSize {
				t.Fatalf("%d pieces of %d bytes: holds %d of %d", i+1, tt.size, len(w.rest), cap(w.rest))
			}
		}
	}
}

func BenchmarkEqual(b *testing.B)    { benchmark(b, 1, 2<<10, 10_000) }
func BenchmarkDistinct(b *testing.B) { benchmark(b, 10_000, 2<<10, 10_000) }
func BenchmarkLarge(b *testing.B)    { benchmark(b, 1, mebi, 100) }

func benchmark(b *testing.B, distinct, size, texts int) {
	given := make([][]byte, distinct)
	for i := range given {
		given[i] = printed(uint64(i), size)
	}
	b.SetBytes(int64(size * texts))
	b.ReportAllocs()
	for b.Loop() {
		s := &Spool{}
		for i := range texts {
			keep(b, s, given[i%distinct])
		}
		s.Close()
	}
}
