package remote

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// bridged is a connection over a stream.
type bridged struct {
	net.Conn
	hangUp func()
	closed atomic.Bool // by us
}

// bridge makes a stream that knows no deadlines a connection that does: whatever becomes of the stream, who reads or
// writes the connection waits no longer than it wants to. hangUp ends the stream. It is called once, when the connection is
// closed, and must not block: what the stream still gives is read and thrown away.
func bridge(stream io.ReadWriter, hangUp func()) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		io.Copy(stream, theirs)
		io.Copy(io.Discard, theirs) // that it takes no more does not mean that it has said all
	}()
	go func() {
		io.Copy(theirs, stream)
		theirs.Close()
		io.Copy(io.Discard, stream)
	}()
	return &bridged{Conn: ours, hangUp: sync.OnceFunc(hangUp)}
}

func (b *bridged) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	return n, b.why(err)
}

func (b *bridged) Write(p []byte) (int, error) {
	n, err := b.Conn.Write(p)
	return n, b.why(err)
}

// why tells the end that is our own doing from all others, as for any connection.
func (b *bridged) why(err error) error {
	if err != nil && b.closed.Load() {
		return net.ErrClosed
	}
	return err
}

// Close ends the connection and the stream.
func (b *bridged) Close() error {
	b.closed.Store(true)
	defer b.hangUp()
	return b.Conn.Close()
}
