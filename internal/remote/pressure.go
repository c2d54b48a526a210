package remote

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"
)

// How long to wait before the next try where this machine has run out of something, which is nobody else's doing.
const (
	shortestHold = 10 * time.Millisecond
	longestHold  = 500 * time.Millisecond
)

// holds returns what waits before the next try, longer each time, and reports false if ctx is done before that.
func holds(ctx context.Context) func() bool {
	next := shortestHold
	return func() bool {
		hold := next
		next = min(2*hold, longestHold)
		return sleep(ctx, hold)
	}
}

// lacking reports whether an error in connecting means that this machine has run out of something.
func lacking(err error) bool {
	if name, inLookup := errors.AsType[*net.DNSError](err); inLookup { // it keeps only the text
		return slices.ContainsFunc(
			[]error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM},
			func(lack error) bool { return strings.HasSuffix(name.Err, lack.Error()) },
		)
	}
	switch number, _ := errors.AsType[syscall.Errno](err); number {
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL, syscall.EAGAIN:
		return true
	}
	return false
}
