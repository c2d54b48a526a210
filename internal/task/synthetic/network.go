package synthetic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"muster/internal/fleet"
	"muster/internal/remote"
	"muster/internal/wire"
)

// network is one round trip for each item to a server that sends each line back, on a connection of its own.
func network(job wire.Job, address string) work {
	connect := time.Duration(job.ConnectTimeoutMS) * time.Millisecond
	limit := time.Duration(job.TimeoutMS) * time.Millisecond
	return func(ctx context.Context, item int) *failure {
		conn, f := dial(ctx, address, connect)
		if f == nil {
			f = roundTrip(ctx, conn, fmt.Appendf(nil, "%s%d\n", label, item), limit)
		}
		if f != nil && ctx.Err() != nil {
			return stopped()
		}
		return f
	}
}

// dial connects. The connection ends with a reset, so that its port can be used again at once: there may be many items.
func dial(ctx context.Context, address string, limit time.Duration) (*net.TCPConn, *failure) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dialer := net.Dialer{KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		f := &failure{phase: fleet.PhaseConnect}
		if f.status, f.text = remote.Meaning(err); f.status == fleet.StatusTimeout {
			f.text = late(limit)
		}
		return nil, f
	}
	tcp := conn.(*net.TCPConn)
	tcp.SetLinger(0)
	return tcp, nil
}

// roundTrip sends a line and reads it again, within a limit unless that is 0, then closes the connection.
func roundTrip(ctx context.Context, conn *net.TCPConn, line []byte, limit time.Duration) *failure {
	defer conn.Close()
	if limit > 0 {
		conn.SetDeadline(time.Now().Add(limit))
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	answer := make([]byte, len(line))
	_, err := conn.Write(line)
	if err == nil {
		_, err = io.ReadFull(conn, answer)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return failed(fleet.StatusTimeout, "%s", late(limit))
	case err != nil:
		return failed(fleet.StatusClosed, "connection closed by the server")
	case string(answer) != string(line):
		return failed(fleet.StatusProtocol, "the server said %q", answer)
	}
	return nil
}

func late(limit time.Duration) string { return fmt.Sprintf("not done within %v", limit) }
