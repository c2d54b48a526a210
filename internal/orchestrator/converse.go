package orchestrator

import (
	"io"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"muster/internal/fleet"
	"muster/internal/launch"
	"muster/internal/wire"
)

// message is what the reader of one worker tells the loop: a frame, or why there will be no more frames, and last,
// always, the exit.
type message struct {
	worker int
	up     wire.Up
	err    error
	exit   *launch.Exit
	banner []byte
}

// conversation is what the loop has with one worker. Its read and write run on goroutines of their own until the worker
// has ended; close must follow the exit that read reports, or its being abandoned.
type conversation struct {
	id     int
	worker launch.Worker
	report Worker // what is known of it so far

	abandoned chan struct{} // closed when nobody listens to read any more

	reads    atomic.Int64 // odd while the reader waits in Read
	lastRead int64        // reads at the last tick
	taken    atomic.Int64 // lines written since the last tick

	asked    atomic.Int64 // questions whose answer is not written yet
	maxAsked int64

	mu     sync.Mutex
	lines  chan downLine // for the writer; holds all that the protocol lets be unread, so that queueing never waits
	closed bool
}

// downLine is a frame on its way to a worker.
type downLine struct {
	text   []byte
	feed   iter.Seq[[]byte] // in place of text: lines that are made as they are written
	answer bool
}

func newConversation(a launchWorker, worker launch.Worker, input int, grouped bool) *conversation {
	feeds := a.window
	if grouped {
		feeds = 1
	}
	maxAsked := 2 * a.fanout
	return &conversation{
		id:        a.worker,
		worker:    worker,
		report:    Worker{Chunk: a.chunk, PID: worker.Pid()},
		abandoned: make(chan struct{}),
		lines:     make(chan downLine, 2+input+feeds+maxAsked), // job and end, input, feeds, answers
		maxAsked:  int64(maxAsked),
	}
}

// Read reads from the worker and notes whether it has to wait.
func (c *conversation) Read(p []byte) (int, error) {
	c.reads.Add(1)
	n, err := c.worker.Read(p)
	c.reads.Add(1)
	return n, err
}

// quiet reports whether the reader has waited for the worker, in one and the same Read, since quiet was last called;
// held, whether it has read nothing for all that time because the loop had no time for it.
func (c *conversation) quiet() (quiet, held bool) {
	now, last := c.reads.Load(), c.lastRead
	c.lastRead = now
	return now == last && now%2 == 1, now == last && now%2 == 0
}

func (c *conversation) read(messages chan<- message, banner bool) {
	frames := wire.NewUpReader(c, banner)
	tell := func(m message) {
		select {
		case messages <- m:
		case <-c.abandoned:
		}
	}
	for {
		up, err := frames.Next()
		if err != nil {
			tell(message{worker: c.id, err: err})
			break
		}
		tell(message{worker: c.id, up: up})
	}
	// What follows a violation is not read but must not hold the worker up: it is to end.
	io.Copy(io.Discard, c)
	exit := c.worker.Wait()
	tell(message{worker: c.id, exit: &exit, banner: frames.Banner})
}

// write writes lines until close. After an error, which means that the worker is ending, it goes on without writing.
func (c *conversation) write() {
	var err error
	for line := range c.lines {
		if line.feed == nil {
			line.feed = slices.Values([][]byte{line.text})
		}
		for text := range line.feed {
			if err != nil {
				break
			}
			_, err = c.worker.Write(text)
			c.taken.Add(1)
		}
		if line.answer {
			c.asked.Add(-1)
		}
	}
}

func (c *conversation) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	close(c.lines)
}

// queue has a line written, and reports whether there was room. It never waits, and does nothing after close.
func (c *conversation) queue(line downLine) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return true
	}
	select {
	case c.lines <- line:
		return true
	default:
		return false
	}
}

// maxBatch is how many hosts are made ready to be written at a time.
const maxBatch = 8192

// feed sends hosts, and reports whether there was room for them.
func (c *conversation) feed(hosts []fleet.Host, grouped bool, f feed) bool {
	encode := encodeHosts
	if grouped {
		encode = encodeItems
	}
	return c.queue(downLine{feed: func(yield func([]byte) bool) {
		first := f.first
		for batch := range slices.Chunk(f.hosts, maxBatch) {
			lines, err := encode(hosts, first, batch)
			if err != nil {
				panic(err) // nothing is ever longer than a line
			}
			for _, line := range lines {
				if !yield(line) {
					return
				}
			}
			first += len(batch)
		}
	}})
}

func encodeHosts(hosts []fleet.Host, first int, of []int) ([][]byte, error) {
	batch := make([]fleet.Host, len(of))
	for i, host := range of {
		batch[i] = hosts[host]
		batch[i].Num = first + i
	}
	return wire.EncodeHosts(batch)
}

func encodeItems(hosts []fleet.Host, first int, of []int) ([][]byte, error) {
	items := make([]string, len(of))
	for i, host := range of {
		items[i] = hosts[host].Label
	}
	return wire.EncodeItems(first, items)
}

func (c *conversation) end() {
	line, err := wire.EncodeDown(wire.Down{End: &wire.End{}})
	if err != nil {
		panic(err)
	}
	c.queue(downLine{text: line})
}

// mayAsk counts a question and reports whether the worker may ask it.
func (c *conversation) mayAsk() bool { return c.asked.Add(1) <= c.maxAsked }

// answer sends a verdict. It is safe on any goroutine, and after close.
func (c *conversation) answer(a wire.Answer) {
	line, err := wire.EncodeDown(wire.Down{Answer: &a})
	if err != nil {
		a.Verdict = fleet.Verdict{Decision: fleet.Unknown, Reason: "the verdict fits no frame"}
		if line, err = wire.EncodeDown(wire.Down{Answer: &a}); err != nil {
			panic(err)
		}
	}
	c.queue(downLine{text: line, answer: true})
}
