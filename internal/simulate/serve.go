package simulate

import (
	"bytes"
	"errors"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// accept serves each connection of a listener until it is closed. When descriptors have run out it waits for some.
func (f *Fleet) accept(l *net.TCPListener) {
	for {
		conn, err := l.AcceptTCP()
		switch {
		case err == nil:
			f.admit(conn)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			f.sleep(10 * time.Millisecond)
		}
	}
}

// admit serves a connection on a goroutine of its own, unless it comes from beyond the loopback device, is for no host
// of the fleet, or the fleet has been closed.
func (f *Fleet) admit(conn *net.TCPConn) {
	local, remote := conn.LocalAddr().(*net.TCPAddr).AddrPort(), conn.RemoteAddr().(*net.TCPAddr)
	i, ok := f.index[local]
	f.mu.Lock()
	defer f.mu.Unlock()
	if !ok || !remote.IP.IsLoopback() || f.conns == nil || f.down[i] {
		conn.Close()
		return
	}
	f.conns[conn] = i
	f.accepted++
	f.running.Go(func() {
		f.serve(i, conn)
		conn.Close()
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.conns, conn)
	})
}

// serve plays host i on one connection, until the client hangs up or the connection is closed.
func (f *Fleet) serve(i int, conn *net.TCPConn) {
	if f.misbehave(f.hosts[i].kind, conn) {
		return
	}
	config, err := f.serverConfig(i)
	if err != nil {
		return
	}
	var l link = conn
	if f.config.Latency > 0 {
		d := f.delay(conn)
		defer d.flush()
		l = d
	}
	server, channels, requests, err := ssh.NewServerConn(l, config)
	if err != nil {
		return
	}
	f.running.Go(func() { ssh.DiscardRequests(requests) })
	for channel := range channels {
		switch {
		case f.hosts[i].kind == SessionStall:
		case channel.ChannelType() != "session":
			channel.Reject(ssh.UnknownChannelType, "only sessions")
		default:
			f.running.Go(func() { f.session(i, channel, l) })
		}
	}
	server.Wait()
}

// serverConfig says which key host i shows, and whom it lets in: the client's key, with any user name.
func (f *Fleet) serverConfig(i int) (*ssh.ServerConfig, error) {
	if config := f.hosts[i].config.Load(); config != nil {
		return config, nil
	}
	key := f.keys.host(i)
	if f.hosts[i].kind == WrongKey {
		key = f.keys.wrong(i)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, err
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if f.hosts[i].kind == AuthRefuse || !bytes.Equal(key.Marshal(), f.allowed) {
				return nil, errors.New("key refused")
			}
			return nil, nil
		},
	}
	config.AddHostKey(signer)
	f.hosts[i].config.Store(config)
	return config, nil
}

// sleep waits for d, or until the fleet is closed, and reports whether it is still open.
func (f *Fleet) sleep(d time.Duration) bool { return f.pause(d, nil) }

// pause is sleep that ends early, and reports false, once the client has gone.
func (f *Fleet) pause(d time.Duration, gone <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-gone:
	case <-f.stopped:
	}
	return false
}
