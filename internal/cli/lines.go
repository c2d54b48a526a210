package cli

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"syscall"

	"muster/internal/fleet"
	"muster/internal/report"
)

// longLine is how many bytes of a line are shown before its end has come.
const longLine = 16 << 10

// lines shows what is written as soon as a line of it is whole, behind the name of who wrote it. A slow reader slows the
// run down, until that is told to end. Its methods are called from one goroutine.
type lines struct {
	tag     func(who int) string
	partial map[source]*bytes.Buffer
	ending  *ender

	queue   chan shown
	writing sync.WaitGroup
	err     error // of writing; read after close
}

// source is one of the streams of somebody who writes.
type source struct {
	who    int
	stderr bool
}

// shown is a line, escaped, on its way.
type shown struct {
	stderr bool
	text   string
}

// newLines shows stdout on stdout, stderr on stderr. close must be called once later.
func newLines(stdout, stderr io.Writer, tag func(who int) string, end *ender) *lines {
	l := &lines{tag: tag, partial: map[source]*bytes.Buffer{}, ending: end, queue: make(chan shown, 256)}
	l.writing.Go(func() {
		for line := range l.queue {
			l.write(stdout, stderr, line)
		}
	})
	return l
}

func (l *lines) write(stdout, stderr io.Writer, line shown) {
	switch {
	case line.stderr:
		io.WriteString(stderr, line.text) // a terminal that has gone is noticed by the report
	case l.err == nil:
		if _, l.err = io.WriteString(stdout, line.text); errors.Is(l.err, syscall.EPIPE) {
			l.ending.lostReader()
		}
	}
}

// add takes the next part of what somebody writes.
func (l *lines) add(who int, o fleet.Output) {
	from := source{who, o.Stderr}
	for line := range bytes.Lines(o.Data) {
		held := l.partial[from]
		if held == nil {
			held = &bytes.Buffer{}
			l.partial[from] = held
		}
		held.Write(line)
		if line[len(line)-1] == '\n' || held.Len() >= longLine {
			l.show(from)
		}
	}
}

// end shows what somebody wrote who has ended in the middle of a line.
func (l *lines) end(who int) {
	for _, stderr := range []bool{false, true} {
		l.show(source{who, stderr})
	}
}

func (l *lines) show(from source) {
	held := l.partial[from]
	if held == nil {
		return
	}
	delete(l.partial, from)
	line := shown{from.stderr, report.Quote(l.tag(from.who)+": ", bytes.TrimSuffix(held.Bytes(), []byte("\n"))) + "\n"}
	select {
	case l.queue <- line: // first of all: of two that are ready, select takes any
		return
	default:
	}
	select {
	case l.queue <- line:
	case <-l.ending.stopping:
	}
}

// close returns once all lines are written, or when nothing is waited for any longer, with the first error.
func (l *lines) close() error {
	close(l.queue)
	if !l.ending.awaits(l.writing.Wait) {
		return nil
	}
	return l.err
}
