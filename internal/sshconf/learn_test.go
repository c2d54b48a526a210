package sshconf

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/fleet"
)

// lockAway has another program, as it were, keep a file locked until the test ends or release is called.
func lockAway(t *testing.T, file string) (release func() error) {
	t.Helper()
	other, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return other.Close
}

// While the file is locked, known hosts are judged at once, and all new ones are refused together; then they are noted.
func TestLearnLockedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := testKey(t)
		_, _, file := load(t, "known "+text(key))
		release := lockAway(t, file)
		judge := trusting(t, AcceptNew, file)
		start := time.Now()
		verdicts := make(chan fleet.Verdict, 3)
		for _, name := range []string{"a", "b", "c"} {
			go func() { verdicts <- ask(judge, name, key) }()
		}
		synctest.Wait()
		if v := ask(judge, "known", key); v.Decision != fleet.Accept || time.Since(start) > 0 {
			t.Errorf("a known host: %+v after %v", v, time.Since(start))
		}
		for range 3 {
			if v := <-verdicts; v.Decision != fleet.Unknown || !strings.Contains(v.Reason, file+" append: the file is locked by another program") {
				t.Errorf("%+v", v)
			}
		}
		if took := time.Since(start); took == 0 || took > 3*time.Second {
			t.Errorf("took %v", took)
		}
		release()
		if v := ask(judge, "a", key); v.Decision != fleet.Accept {
			t.Errorf("%+v, but the file is free again", v)
		}
	})
}

// Whoever waits lets go when its context ends, and does not take others with it.
func TestLearnCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, file := load(t)
		release := lockAway(t, file)
		judge := trusting(t, AcceptNew, file)
		key := testKey(t)
		learn := func(ctx context.Context, name string) <-chan fleet.Verdict {
			verdict := make(chan fleet.Verdict, 1)
			go func() { verdict <- judge.Judge(ctx, server(name), fleet.HostKey{Key: key.Marshal()}) }()
			synctest.Wait()
			return verdict
		}
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		writing, queued, patient := learn(ctx, "writing"), learn(ctx, "queued"), learn(t.Context(), "patient")
		time.Sleep(time.Second)
		cancel()
		for _, verdict := range []<-chan fleet.Verdict{writing, queued} {
			if v := <-verdict; v.Decision != fleet.Unknown || !strings.Contains(v.Reason, "canceled") || time.Since(start) != time.Second {
				t.Errorf("%+v after %v", v, time.Since(start))
			}
		}
		release()
		if v := <-patient; v.Decision != fleet.Accept {
			t.Errorf("%+v", v)
		}
	})
}
