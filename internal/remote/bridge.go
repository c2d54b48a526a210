package remote

import (
	"io"
	"net"
	"sync"
)

// bridged is a connection over a stream.
type bridged struct {
	net.Conn
	hangUp func()
}

// bridge makes a stream that knows no deadlines a connection that does: whatever becomes of the stream, who reads or
// writes the connection waits no longer than it wants to. hangUp ends the stream. It is called once, when the connection is
// closed, and must not block: what the stream still gives is read and thrown away.
func bridge(stream io.ReadWriter, hangUp func()) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		io.Copy(stream, theirs)
		theirs.Close()
	}()
	go func() {
		io.Copy(theirs, stream)
		theirs.Close()
		io.Copy(io.Discard, stream)
	}()
	return &bridged{ours, sync.OnceFunc(hangUp)}
}

// Close ends the connection and the stream.
func (b *bridged) Close() error {
	defer b.hangUp()
	return b.Conn.Close()
}
