package remote

import (
	"io"
	"slices"
	"time"

	"muster/internal/fleet"
)

const (
	keptHead   = 256      // bytes of a stream that are kept for an error's text where all go to Command.Output
	dropBuffer = 32 << 10 // at once, where what comes is only counted
)

// stream is one output stream of a command: what comes on it is written here, by one goroutine.
type stream struct {
	most     int  // bytes to keep
	truncate bool // on more, count; else abandon
	give     func(data []byte) bool
	began    func() // the first byte has come
	abandon  func()

	data    []byte    // what was kept; with give, the head of it
	kept    int       // bytes
	dropped int64     // bytes that came and were neither kept nor given
	last    time.Time // when the last byte came
	over    bool      // there was more than the bound, and that was the end
}

// Write never fails.
func (s *stream) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.last.IsZero() {
		s.began()
	}
	s.last = time.Now()
	fits := min(len(p), s.most-s.kept)
	s.kept += fits
	s.keep(p[:fits])
	switch rest := len(p) - fits; {
	case rest == 0:
	case s.truncate:
		s.dropped += int64(rest)
	case !s.over:
		s.over = true
		s.abandon()
	}
	return len(p), nil
}

func (s *stream) keep(p []byte) {
	if s.give == nil {
		s.data = append(s.data, p...)
		return
	}
	s.data = append(s.data, p[:min(len(p), keptHead-len(s.data))]...)
	for part := range slices.Chunk(p, fleet.MaxOutputPart) {
		if !s.give(part) {
			s.dropped += int64(len(part))
		}
	}
}

// fill writes what comes from r to w, which leads here, until r ends or the stream is abandoned.
func (s *stream) fill(w io.Writer, r io.Reader) {
	buf := make([]byte, fleet.MaxOutputPart)
	for {
		if s.truncate && s.kept == s.most && len(buf) < dropBuffer {
			buf = make([]byte, dropBuffer)
		}
		n, err := r.Read(buf)
		w.Write(buf[:n])
		if err != nil || s.over {
			return
		}
	}
}
