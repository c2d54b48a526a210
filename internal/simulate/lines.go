package simulate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// maxLine bounds a line that Lines sends back, in bytes, its newline included.
const maxLine = 512

// Lines is a server on the loopback device that sends each line back a latency after it came. It serves any number of
// connections at once, until Close.
type Lines struct {
	listener net.Listener
	latency  time.Duration
	stop     context.CancelFunc
	running  sync.WaitGroup
}

// StartLines starts a server. Close must be called once later to end it.
func StartLines(latency time.Duration) (*Lines, error) {
	config := net.ListenConfig{KeepAlive: -1}
	listener, err := config.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &Lines{listener: listener, latency: latency, stop: stop}
	l.running.Go(func() { l.accept(ctx) })
	return l, nil
}

// Address is where it is to be reached.
func (l *Lines) Address() string { return l.listener.Addr().String() }

// Close cuts every connection off and returns once all that was started has ended.
func (l *Lines) Close() error {
	l.stop()
	err := l.listener.Close()
	l.running.Wait()
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	return nil
}

// accept serves each connection. When descriptors have run out it waits for some.
func (l *Lines) accept(ctx context.Context) {
	for {
		conn, err := l.listener.Accept()
		switch {
		case err == nil:
			l.running.Go(func() { l.serve(ctx, conn) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			pause(ctx, 10*time.Millisecond)
		}
	}
}

// serve answers on one connection until the client hangs up, sends what is no line, or ctx is cancelled.
func (l *Lines) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	lines := bufio.NewReaderSize(conn, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil || !pause(ctx, l.latency) {
			return
		}
		if _, err := conn.Write(line); err != nil {
			return
		}
	}
}

// pause reports whether it has waited for d, and not been cut short by ctx.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
