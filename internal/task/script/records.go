package script

import (
	"bytes"
	"fmt"

	"muster/internal/fleet"
	"muster/worker"
)

// maxLine bounds a record in bytes. What is longer is output.
const maxLine = 64 << 10

// maxDoubt bounds why a line is no record of a host, in bytes.
const maxDoubt = 256

// records takes the lines of a script's stdout: one that is a record of a host of the group becomes that host's outcome,
// the first of each host; all others are output. Beyond limit bytes in all, over is called and nothing more is taken.
type records struct {
	nums  map[string]int // of the hosts that have none yet, by label
	known map[string]bool
	out   *output
	now   bool // answer for each host at once; else all are kept for report, since the script may be run again
	kept  []fleet.Outcome
	limit int64
	taken int64
	over  func()

	line    []byte // as far as it has come
	long    bool   // it has been handed on as output
	number  int
	ignored int
	doubt   string
}

func newRecords(hosts worker.Labels, out *output, now bool) *records {
	r := &records{
		nums: make(map[string]int, hosts.Count), known: make(map[string]bool, hosts.Count), out: out, now: now,
		limit: int64(out.limit) * int64(hosts.Count),
	}
	for num, label := range hosts.All() {
		r.nums[label], r.known[label] = num, true
	}
	return r
}

// Write takes what comes next. It never fails.
func (r *records) Write(p []byte) (int, error) {
	n := len(p)
	r.taken += int64(n)
	if excess := r.taken - r.limit; excess > 0 {
		if excess <= int64(n) {
			r.over()
		}
		p = p[:max(0, int64(n)-excess)]
	}
	for line := range bytes.Lines(p) {
		r.add(line)
	}
	return n, nil
}

func (r *records) add(piece []byte) {
	ended := piece[len(piece)-1] == '\n'
	if r.long || len(r.line)+len(piece) > maxLine {
		r.out.write(false, r.line)
		r.out.write(false, piece)
		r.line, r.long = r.line[:0], !ended
		if ended {
			r.number++
		}
		return
	}
	r.line = append(r.line, piece...)
	if ended {
		r.take()
	}
}

// close takes a last line that was not ended.
func (r *records) close() {
	if len(r.line) > 0 {
		r.take()
	}
}

// take takes a whole line.
func (r *records) take() {
	r.number++
	host, outcome, err := parse(r.line)
	switch num, waiting := r.nums[host]; {
	case err != nil:
		r.ignore(err.Error())
	case host == "":
		r.out.write(false, r.line)
	case waiting:
		delete(r.nums, host)
		outcome.Num = num
		if r.kept = append(r.kept, outcome); r.now {
			r.report()
		}
	case r.known[host]:
		r.ignore(fmt.Sprintf("a second record of %q", host))
	default:
		r.ignore(fmt.Sprintf("host %q is not of this group", host))
	}
	r.line = r.line[:0]
}

func (r *records) ignore(why string) {
	r.out.write(false, r.line)
	if r.ignored++; r.ignored == 1 {
		why = fmt.Sprintf("line %d: %s", r.number, why)
		r.doubt = why[:min(len(why), maxDoubt)]
	}
}

// report answers for the hosts whose records were kept.
func (r *records) report() {
	for _, outcome := range r.kept {
		r.out.emit(outcome)
	}
	r.kept = r.kept[:0]
}

func (r *records) tooMuch() string {
	return fmt.Sprintf("more than %d bytes of output for %d hosts", r.limit, len(r.known))
}
