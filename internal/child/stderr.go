package child

// StderrKeep is how many bytes are kept of each end of a child's stderr: a crash says its reason first, and what led
// nowhere last.
const StderrKeep = 4096

// headTail is a writer that keeps the first and the last StderrKeep bytes and counts those between.
type headTail struct {
	head, tail []byte
	dropped    int64
}

func (h *headTail) Write(p []byte) (int, error) {
	n := len(p)
	fits := min(n, StderrKeep-len(h.head))
	h.head, p = append(h.head, p[:fits]...), p[fits:]

	if over := len(h.tail) + len(p) - StderrKeep; over > 0 {
		h.dropped += int64(over)
		old := min(over, len(h.tail))
		h.tail = h.tail[:copy(h.tail, h.tail[old:])]
		p = p[over-old:]
	}
	h.tail = append(h.tail, p...)
	return n, nil
}
