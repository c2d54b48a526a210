package spool

import (
	"errors"
	"os"
	"sync"
	"testing"
)

// gated is a file whose writes wait, and then end with what comes through the gate.
type gated struct {
	*os.File
	began chan struct{} // one for each write that has come as far as the gate
	gate  chan error
}

func (f *gated) WriteAt(p []byte, at int64) (int, error) {
	f.began <- struct{}{}
	if err := <-f.gate; err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, at)
}

func gatedSpool(t *testing.T) (*Spool, *gated) {
	f, err := tempFile()
	if err != nil {
		t.Fatal(err)
	}
	g := &gated{f.(*os.File), make(chan struct{}), make(chan error)}
	return closing(t, &Spool{create: func() (file, error) { return g, nil }}), g
}

// While one writes a text to the file, another who has the same gets it at once, and reads it before and after.
func TestTextIsReadWhileItIsWritten(t *testing.T) {
	s, f := gatedSpool(t)
	given := printed(1, blockSize-1)
	var writing, reading sync.WaitGroup
	writing.Go(func() {
		w := s.Writer()
		finish(t, w, given)
		for i := range 20 { // which changes nothing of the text
			w.Write(printed(uint64(2+i), 1000))
		}
	})
	<-f.began
	text := keep(t, s, given)
	stop, begun := make(chan struct{}), make(chan struct{})
	for range 4 {
		reading.Go(func() {
			holds(t, text, given)
			begun <- struct{}{}
			for {
				select {
				case <-stop:
					return
				default:
					holds(t, text, given)
				}
			}
		})
	}
	for range 4 {
		<-begun
	}
	f.gate <- nil
	writing.Wait()
	close(stop)
	reading.Wait()
	if text.rest != nil {
		t.Error("the text is still in memory")
	}
	holds(t, text, given)
}

// Of failures at the same time, all are told the same one.
func TestFailuresAtOnce(t *testing.T) {
	s, f := gatedSpool(t)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = s.Writer().Write(printed(uint64(i), blockSize)) })
	}
	for range errs {
		<-f.began
	}
	for range errs {
		f.gate <- errors.New("I/O error")
	}
	all.Wait()
	for _, err := range errs {
		if err == nil || err != errs[0] {
			t.Errorf("told %v (%p), another %v (%p)", err, err, errs[0], errs[0])
		}
	}
}
