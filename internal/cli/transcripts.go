package cli

import (
	"errors"

	"muster/internal/fleet"
	"muster/internal/spool"
)

// transcripts keep what the commands on hosts, or the scripts of chunks, write. Who writes goes by number. It is called
// from one goroutine.
type transcripts struct {
	spool *spool.Spool
	open  map[int]transcript
	lines *lines // shows each line as it comes; nil: that is not wanted
	err   error  // the first: something was not kept
}

// transcript is what one of them has written so far.
type transcript struct{ stdout, stderr *spool.Writer }

func newTranscripts(lines *lines) *transcripts {
	return &transcripts{spool: &spool.Spool{}, open: map[int]transcript{}, lines: lines}
}

// begin begins anew: what was written before, in a worker that has crashed or by a script that failed, is void.
func (t *transcripts) begin(who int) {
	t.discard(who)
	t.open[who] = transcript{t.spool.Writer(), t.spool.Writer()}
}

func (t *transcripts) discard(who int) {
	if old, begun := t.open[who]; begun {
		old.stdout.Discard()
		old.stderr.Discard()
		t.close(who)
	}
}

func (t *transcripts) close(who int) {
	delete(t.open, who)
	if t.lines != nil {
		t.lines.end(who)
	}
}

// add takes the next part.
func (t *transcripts) add(who int, o fleet.Output) {
	to := t.open[who].stdout
	if o.Stderr {
		to = t.open[who].stderr
	}
	_, err := to.Write(o.Data)
	t.failed(err)
	if t.lines != nil {
		t.lines.add(who, o)
	}
}

// end returns all that was written, nil where nothing was begun, and whether all of it was kept.
func (t *transcripts) end(who int) (stdout, stderr fleet.Text, kept bool) {
	open, begun := t.open[who]
	if !begun {
		return nil, nil, true
	}
	t.close(who)
	stdout, stderr = t.text(open.stdout), t.text(open.stderr)
	return stdout, stderr, stdout != nil && stderr != nil
}

func (t *transcripts) text(w *spool.Writer) fleet.Text {
	text, err := w.Text()
	if err != nil {
		t.failed(err)
		return nil // in no way to be mistaken for a text
	}
	return text
}

// of keeps what was written in an earlier run; nil where nothing was.
func (t *transcripts) of(written []byte) fleet.Text {
	if written == nil {
		return nil
	}
	w := t.spool.Writer()
	_, err := w.Write(written)
	t.failed(err)
	return t.text(w)
}

// finish returns the first error, once all lines are shown that are to be.
func (t *transcripts) finish() error {
	var err error
	if t.lines != nil {
		err = t.lines.close()
	}
	return errors.Join(t.err, err)
}

func (t *transcripts) failed(err error) {
	if t.err == nil {
		t.err = err
	}
}
