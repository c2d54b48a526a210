package launch

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/child"
)

// serve launches f as a worker in a bubble of fake time, and gives the worker to use.
func serve(t *testing.T, f func(ctx context.Context, in io.Reader, out io.Writer) error, use func(t *testing.T, w Worker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, err := InProcess{Serve: f}.Launch(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		use(t, w)
	})
}

func TestInProcessError(t *testing.T) {
	long := strings.Repeat("x", child.StderrKeep+10)
	for _, text := range []string{"oops", long} {
		serve(t, func(context.Context, io.Reader, io.Writer) error { return errors.New(text) }, func(t *testing.T, w Worker) {
			io.Copy(io.Discard, w)
			e := w.Wait()
			if e.Code != 1 || len(e.StderrHead)+int(e.StderrDropped) != len(text) || !strings.HasPrefix(text, e.StderrHead) {
				t.Errorf("%+v", e)
			}
		})
	}
}

// Whoever waits at a pipe when the worker returns is let go: nothing is buffered, nothing hangs.
func TestInProcessReturnsWhileWeWrite(t *testing.T) {
	serve(t, func(context.Context, io.Reader, io.Writer) error { time.Sleep(time.Second); return errOops }, func(t *testing.T, w Worker) {
		wrote := make(chan error)
		go func() {
			_, err := io.WriteString(w, "to nobody")
			wrote <- err
		}()
		if err := <-wrote; err == nil {
			t.Error("write to a worker that returned: no error")
		}
		if e := w.Wait(); e.String() != "exit status 1: oops" {
			t.Error(e)
		}
	})
}

// What the worker is saying when it is killed is lost, and it is told so.
func TestInProcessKillWhileItWrites(t *testing.T) {
	serve(t, func(_ context.Context, _ io.Reader, out io.Writer) error {
		_, err := io.WriteString(out, "to nobody")
		return err
	}, func(t *testing.T, w Worker) {
		synctest.Wait()
		w.Kill()
		if e := w.Wait(); e.Code != 1 || e.Err != nil {
			t.Errorf("%+v", e)
		}
		if n, err := w.Read(make([]byte, 10)); n != 0 || err != io.EOF {
			t.Errorf("read %d, %v", n, err)
		}
	})
}

func TestInProcessTerminate(t *testing.T) {
	serve(t, func(ctx context.Context, _ io.Reader, _ io.Writer) error { <-ctx.Done(); return nil }, func(t *testing.T, w Worker) {
		w.Terminate()
		if e := w.Wait(); !e.Success() {
			t.Error(e)
		}
	})
}

// A worker that ignores everything is abandoned in time, and said to be; when it returns after all, nothing changes.
func TestInProcessIsAbandoned(t *testing.T) {
	serve(t, func(context.Context, io.Reader, io.Writer) error { time.Sleep(time.Hour); return nil }, func(t *testing.T, w Worker) {
		begin := time.Now()
		w.CloseWrite()
		w.Terminate()
		w.Kill()
		io.Copy(io.Discard, w)
		e := w.Wait()
		if took := time.Since(begin); took != abandonAfter {
			t.Errorf("abandoned after %v", took)
		}
		if !errors.Is(e.Err, ErrAbandoned) || e.Success() || !strings.HasPrefix(e.String(), "goroutine abandoned") {
			t.Errorf("%+v", e)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if late := w.Wait(); late != e {
			t.Errorf("later: %+v", late)
		}
	})
}

// The context given to Launch is the launch's, not the worker's.
func TestInProcessOutlivesItsLaunch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w, err := InProcess{Serve: func(ctx context.Context, _ io.Reader, _ io.Writer) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Minute):
				return nil
			}
		}}.Launch(ctx, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if e := w.Wait(); !e.Success() {
			t.Error(e)
		}
	})
}
