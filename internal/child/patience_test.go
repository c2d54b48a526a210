package child

import (
	"context"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"
)

// patient starts a child where there are no descriptors for it: while there are none, which is said, and once there are.
func patient([]string) {
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		panic(err)
	}
	io.Copy(io.Discard, mustStart(self("exit", "0"))) // what the runtime opens for good, it opens now
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 4, Max: before.Max}); err != nil {
		panic(err)
	}
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := StartInTime(short, self("exit", "0"))
	fmt.Println(WhyRefused(err) == Scarce, short.Err() != nil)

	time.AfterFunc(50*time.Millisecond, func() { syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before) })
	c, err := StartInTime(context.Background(), self("exit", "0"))
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, c)
	fmt.Println(c.Wait())
}

func mustStart(spec Spec) *Child {
	c, err := Start(spec)
	if err != nil {
		panic(err)
	}
	return c
}

// A machine that has run out of something is waited for, no longer than ctx; nothing else is.
func TestStartInTime(t *testing.T) {
	got, err := io.ReadAll(start(t, self("patient")))
	if want := "true true\nexit status 0\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := StartInTime(context.Background(), Spec{Path: t.TempDir() + "/none"}); WhyRefused(err) != NotFound {
		t.Error(err)
	}
}
