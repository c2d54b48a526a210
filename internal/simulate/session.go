package simulate

import (
	"bytes"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	slowness   = 2 * time.Second
	floodLines = 5000 // in one write, which must fit into a packet of 32 KiB
)

// session runs the one command of a session. It ends when the client closes the session.
func (f *Fleet) session(i int, offered ssh.NewChannel, l link) {
	channel, requests, err := offered.Accept()
	if err != nil {
		return
	}
	gone := make(chan struct{})
	defer close(gone)
	begun := false
	for request := range requests {
		var exec struct{ Command string }
		switch {
		case request.Type == "pty-req" && !begun: // a terminal is granted, and changes nothing
			request.Reply(true, nil)
		case request.Type != "exec" || begun || ssh.Unmarshal(request.Payload, &exec) != nil:
			request.Reply(false, nil)
		case f.hosts[i].kind == ExecStall:
		default:
			begun = true
			request.Reply(true, nil)
			f.running.Go(func() { f.execute(i, exec.Command, channel, gone, l) })
		}
	}
}

// execute plays a command that has been accepted. Write errors need no handling: the client has gone, and the session ends.
func (f *Fleet) execute(i int, command string, channel ssh.Channel, gone <-chan struct{}, l link) {
	kind := f.hosts[i].kind
	switch kind {
	case Endless:
		flood(channel)
		return
	case Slow:
		f.pause(slowness, gone)
	}
	std := stdio{in: channel, out: channel, err: channel.Stderr(), gone: gone}
	var status uint32
	switch kind {
	case Exit, Garbage, Escape, Reset:
		a := f.answer(i, command, std)
		if kind == Reset {
			channel.Write(a.stdout[:len(a.stdout)/2])
			l.SetLinger(0)
			l.Close()
			return
		}
		channel.Write(a.stdout)
		channel.Stderr().Write(a.stderr)
		status = a.status
	default:
		status = f.shell(i, command, std)
	}
	channel.CloseWrite()
	channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
	channel.Close()
}

// flood writes until the client closes the session or hangs up.
func flood(channel ssh.Channel) {
	block := bytes.Repeat([]byte("flood\n"), floodLines)
	for {
		if _, err := channel.Write(block); err != nil {
			return
		}
	}
}
