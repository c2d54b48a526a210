package remote

import (
	"io"
	"slices"
	"time"
)

// stream is what came on one output stream of a command.
type stream struct {
	data []byte
	last time.Time // when the last byte came
	over bool      // there was more than the bound
}

// firstBuffer is what most answers fit into.
const firstBuffer = 2 << 10

// fill reads r to its end, or until there is more than most bytes: then it calls abandon. At the first byte it calls
// began.
func (b *stream) fill(r io.Reader, most int, began, abandon func()) {
	for {
		if len(b.data) == cap(b.data) {
			b.data = slices.Grow(b.data, max(firstBuffer, len(b.data)))
		}
		n, err := r.Read(b.data[len(b.data):cap(b.data)])
		if n > 0 {
			if b.last.IsZero() {
				began()
			}
			b.last = time.Now()
		}
		b.data = b.data[:len(b.data)+n]
		if len(b.data) > most {
			b.data, b.over = b.data[:most], true
			abandon()
			return
		}
		if err != nil {
			return
		}
	}
}
