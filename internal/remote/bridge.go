package remote

import (
	"io"
	"net"
)

// bridge makes a stream that knows no deadlines a connection that does: whatever becomes of the stream, who reads or
// writes the connection waits no longer than it wants to. close ends the stream. It is called once, when the connection
// has ended, and may take its time.
func bridge(stream io.ReadWriter, close func()) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		io.Copy(stream, theirs)
		theirs.Close()
		close()
	}()
	go func() {
		io.Copy(theirs, stream)
		theirs.Close()
	}()
	return ours
}
