package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"muster/internal/fleet"
)

const (
	mostPending = 3  // hosts named as the slowest
	barWidth    = 24 // columns
)

// Progress shows on a terminal how far a run has come: a bar, the counts by status, and the hosts waited for longest.
// Call Start once, then Started and Done as hosts begin and end, then Stop, from one goroutine. What else goes to the
// same terminal in between goes through Write.
type Progress struct {
	out  io.Writer
	show bool
	bars *mpb.Progress // nil while nothing is shown
	bar  *mpb.Bar

	mu      sync.Mutex // mpb draws on a goroutine of its own
	total   int
	done    int
	counts  map[fleet.Status]int
	pending map[string]time.Time // by label: when it was started
	queued  int                  // workers
}

// NewProgress returns a Progress on out. Unless show is set, because out is a terminal or the user wants it, it draws
// nothing.
func NewProgress(out io.Writer, show bool) *Progress {
	return &Progress{out: out, show: show, counts: make(map[fleet.Status]int), pending: make(map[string]time.Time)}
}

// Again returns one that shows the same of another run.
func (p *Progress) Again() *Progress { return NewProgress(p.out, p.show) }

// Start begins to show a run of total hosts. Stop must be called later.
func (p *Progress) Start(total int) {
	if !p.show {
		return
	}
	p.total = total
	p.bars = mpb.New(mpb.WithOutput(p.out), mpb.ForceTTY(), mpb.WithAutoRefresh())
	p.bar = p.bars.AddBar(int64(total),
		mpb.BarWidth(barWidth),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return p.tally() })),
		mpb.BarExtender(mpb.BarFillerFunc(func(w io.Writer, s decor.Statistics) error {
			_, err := fmt.Fprintln(w, cut(p.slowest(time.Now()), s.AvailableWidth))
			return err
		}), false),
	)
}

// Started says that a worker has begun with a host. A host that is begun again is waited for since the first time.
func (p *Progress) Started(label string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, again := p.pending[label]; !again {
		p.pending[label] = time.Now()
	}
}

// Queued says how many workers wait until there is room for them.
func (p *Progress) Queued(workers int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queued = workers
}

// Ended says that what was begun under this label has ended, but not how.
func (p *Progress) Ended(label string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pending, label)
}

// Done says that a host has ended.
func (p *Progress) Done(o *fleet.Outcome) {
	p.mu.Lock()
	delete(p.pending, o.Host)
	p.counts[o.Status]++
	p.done++
	p.mu.Unlock()
	if p.bars != nil {
		p.bar.Increment()
	}
}

// Count says that n items have ended, none of which was Started.
func (p *Progress) Count(s fleet.Status, n int) {
	p.mu.Lock()
	p.counts[s] += n
	p.done += n
	p.mu.Unlock()
	if p.bars != nil {
		p.bar.IncrBy(n)
	}
}

// Write shows whole lines above the bar.
func (p *Progress) Write(lines []byte) (int, error) {
	if p.bars == nil {
		return p.out.Write(lines)
	}
	return p.bars.Write(lines)
}

// Stop clears what is shown and ends what draws it. From then on Write writes as it would without a Progress.
func (p *Progress) Stop() {
	if p.bars == nil {
		return
	}
	p.bar.Abort(true) // a bar that is not ended is waited for
	p.bars.Wait()
	p.bars = nil
}

// tally is 137/200: 130 ok, 7 timeout.
func (p *Progress) tally() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("%d/%d%s", p.done, p.total, byStatus(p.counts))
}

// slowest names the hosts that were started longest ago; before them, workers that are in a queue.
func (p *Progress) slowest(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.pending) == 0 && p.queued == 0 {
		return ""
	}
	labels := make([]string, 0, len(p.pending))
	for label := range p.pending {
		labels = append(labels, label)
	}
	slices.SortFunc(labels, func(a, b string) int {
		return cmp.Or(p.pending[a].Compare(p.pending[b]), cmp.Compare(a, b))
	})
	labels = labels[:min(len(labels), mostPending)]
	for i, label := range labels {
		labels[i] = Clean(label) + " " + Duration(now.Sub(p.pending[label]))
	}
	switch {
	case p.queued == 1:
		labels = append([]string{"1 worker in the queue"}, labels...)
	case p.queued > 1:
		labels = append([]string{fmt.Sprintf("%d workers in the queue", p.queued)}, labels...)
	}
	return "waiting for " + strings.Join(labels, ", ")
}
