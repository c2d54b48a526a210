package script

import (
	"strings"
	"sync"

	"muster/internal/fleet"
	"muster/worker"
)

// maxReason bounds what is kept of stderr for a failure's reason, in bytes.
const maxReason = 256

// output sends what a script writes, the beginning of each stream, in parts. Its two streams are written to by two
// goroutines.
type output struct {
	limit int // bytes of each stream
	emit  worker.Emit

	mu      sync.Mutex
	parts   int
	kept    [2]int
	dropped [2]int64
	stderr  []byte // how it begins
}

// stream returns where a stream goes. Writing to it never fails; what is over the limit is counted.
func (o *output) stream(stderr bool) *stream { return &stream{o, stderr} }

type stream struct {
	out    *output
	stderr bool
}

func (s *stream) Write(p []byte) (int, error) {
	s.out.write(s.stderr, p)
	return len(p), nil
}

func (o *output) write(stderr bool, p []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := 0
	if stderr {
		i = 1
		o.stderr = append(o.stderr, p[:min(len(p), maxReason-len(o.stderr))]...)
	}
	keep := min(len(p), o.limit-o.kept[i])
	o.kept[i] += keep
	o.dropped[i] += int64(len(p) - keep)
	for p = p[:keep]; len(p) > 0; {
		n := min(len(p), fleet.MaxOutputPart)
		o.emit(fleet.Output{Group: true, Part: o.parts, Stderr: stderr, Data: p[:n]})
		o.parts++
		p = p[n:]
	}
}

// truncated returns how many bytes of each stream were over the limit.
func (o *output) truncated() (stdout, stderr int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dropped[0], o.dropped[1]
}

// reason is how the script ended and the first line that it wrote to stderr.
func (o *output) reason(how string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if line, _, _ := strings.Cut(strings.TrimSpace(string(o.stderr)), "\n"); line != "" {
		return how + ": " + line
	}
	return how
}
