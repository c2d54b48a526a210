package orchestrator

import (
	"io"
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
// has ended; close must follow the exit that read reports.
type conversation struct {
	id     int
	worker launch.Worker
	report Worker // what is known of it so far

	reads    atomic.Int64 // odd while the reader waits in Read
	lastRead int64        // reads at the last tick

	mu       sync.Mutex
	lines    chan []byte // for the writer; holds all that the protocol lets be unanswered, so that sending never waits
	asked    int         // questions unanswered
	maxAsked int
	closed   bool
}

func newConversation(a launchWorker, worker launch.Worker) *conversation {
	maxAsked := 2 * a.fanout
	return &conversation{
		id:       a.worker,
		worker:   worker,
		report:   Worker{Chunk: a.chunk, PID: worker.Pid()},
		lines:    make(chan []byte, 2+a.window+maxAsked), // job and end, a line a host, answers
		maxAsked: maxAsked,
	}
}

// Read reads from the worker and notes whether it has to wait.
func (c *conversation) Read(p []byte) (int, error) {
	c.reads.Add(1)
	n, err := c.worker.Read(p)
	c.reads.Add(1)
	return n, err
}

// quiet reports whether the reader has waited for the worker, in one and the same Read, since quiet was last called.
func (c *conversation) quiet() bool {
	now, last := c.reads.Load(), c.lastRead
	c.lastRead = now
	return now == last && now%2 == 1
}

func (c *conversation) read(messages chan<- message, banner bool) {
	frames := wire.NewUpReader(c, banner)
	for {
		up, err := frames.Next()
		if err != nil {
			messages <- message{worker: c.id, err: err}
			break
		}
		messages <- message{worker: c.id, up: up}
	}
	// What follows a violation is not read but must not hold the worker up: it is to end.
	io.Copy(io.Discard, c)
	exit := c.worker.Wait()
	messages <- message{worker: c.id, exit: &exit, banner: frames.Banner}
}

// write writes lines until close. After an error, which means that the worker is ending, it goes on without writing.
func (c *conversation) write() {
	var err error
	for line := range c.lines {
		if err == nil {
			_, err = c.worker.Write(line)
		}
	}
}

func (c *conversation) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	close(c.lines)
}

// send queues a frame. Frames of ours are within bounds; one that is not would be an error in this program.
func (c *conversation) send(frame wire.Down) {
	line, err := wire.EncodeDown(frame)
	if err != nil {
		panic(err)
	}
	c.queue(line)
}

func (c *conversation) queue(line []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.lines <- line
	}
}

// feed sends hosts. One that does not fit a line with its pins goes without: its worker asks about its key.
func (c *conversation) feed(hosts []fleet.Host, f feed) {
	batch := make([]fleet.Host, len(f.hosts))
	for i, host := range f.hosts {
		batch[i] = hosts[host]
		batch[i].Num = f.first + i
	}
	lines, err := wire.EncodeHosts(batch)
	if err != nil {
		for i := range batch {
			batch[i].Pins = nil
		}
		if lines, err = wire.EncodeHosts(batch); err != nil {
			panic(err)
		}
	}
	for _, line := range lines {
		c.queue(line)
	}
}

// mayAsk counts a question and reports whether the worker may ask it.
func (c *conversation) mayAsk() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	return c.asked <= c.maxAsked
}

// answer sends a verdict. It is safe on any goroutine, and after close.
func (c *conversation) answer(a wire.Answer) {
	c.send(wire.Down{Answer: &a})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked--
}
