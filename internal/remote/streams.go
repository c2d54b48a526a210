package remote

import (
	"io"
	"sync"
	"sync/atomic"

	"muster/internal/child"
)

// streams are the standard streams of one command, wherever it runs.
type streams struct {
	line   string      // what to run
	input  chan []byte // what goes to standard input, which ends with it; there is room for all that is ever sent
	stdout stream
	stderr stream
	sudo   *sudo  // nil: none
	outlet outlet // for Command.Output
}

// newStreams has began be called when the first byte of either output stream comes, and abandon on too many.
func newStreams(cmd Command, began, abandon func()) *streams {
	s := &streams{line: cmd.Line, input: make(chan []byte, 2), outlet: outlet{to: cmd.Output}}
	one := stream{most: cmd.MaxOutput, truncate: cmd.Truncate, began: sync.OnceFunc(began), abandon: abandon}
	s.stdout, s.stderr = one, one
	if cmd.Output != nil {
		s.stdout.give = func(data []byte) bool { return s.outlet.give(false, data) }
		s.stderr.give = func(data []byte) bool { return s.outlet.give(true, data) }
	}
	if len(cmd.Sudo) > 0 {
		s.sudo = newSudo(cmd, &s.stderr, s.input)
		s.line = s.sudo.line(cmd.Line)
		return s
	}
	if len(cmd.Stdin) > 0 {
		s.input <- cmd.Stdin
	}
	close(s.input)
	return s
}

// errors is where what comes on stderr is written to, by one goroutine; then stderrEnded is called.
func (s *streams) errors() io.Writer {
	if s.sudo != nil {
		return s.sudo
	}
	return &s.stderr
}

func (s *streams) stderrEnded() {
	if s.sudo != nil {
		s.sudo.stderrEnded()
	}
}

// feed gives the command its standard input, as far as it takes it. It returns no later than stderrEnded is called and w
// fails, which it must once the command has ended.
func (s *streams) feed(w interface {
	io.Writer
	CloseWrite() error
},
) {
	for data := range s.input {
		if _, err := w.Write(data); err != nil {
			return
		}
	}
	w.CloseWrite()
}

// serve gives a child its standard input and takes what it writes, until it has ended and all is taken.
func (s *streams) serve(c *child.Child) child.Exit {
	var fed sync.WaitGroup
	fed.Go(func() { s.feed(c) })
	s.stdout.fill(&s.stdout, c)
	io.Copy(io.Discard, c)
	exit := c.Wait()
	s.stderrEnded()
	fed.Wait()
	return exit
}

func (s *streams) record(r *Result) {
	if s.outlet.to == nil {
		r.Stdout, r.Stderr = s.stdout.data, s.stderr.data
	}
	r.StdoutDropped, r.StderrDropped = s.stdout.dropped, s.stderr.dropped
	r.Received = s.stdout.last
}

// outlet hands both output streams to Command.Output, a piece at a time.
type outlet struct {
	to   func(stderr bool, data []byte)
	mu   sync.Mutex // held over every call
	shut atomic.Bool
}

// give reports whether it handed data over, which it does until the outlet is shut.
func (o *outlet) give(stderr bool, data []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shut.Load() {
		return false
	}
	o.to(stderr, data)
	return true
}
