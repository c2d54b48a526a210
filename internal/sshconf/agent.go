package sshconf

import (
	"bytes"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"
)

// agentTimeout is how long the agent may take to list its keys. One that takes longer has none.
const agentTimeout = time.Second

// agentHolds returns a function that reports whether the agent at socket holds a key. The agent is asked once, when that
// is first called. An empty socket is no agent.
func agentHolds(socket string) func(ssh.PublicKey) bool {
	list := sync.OnceValue(func() []*sshagent.Key {
		deadline := time.Now().Add(agentTimeout)
		dialer := net.Dialer{Deadline: deadline}
		conn, err := dialer.Dial("unix", socket)
		if err != nil {
			return nil
		}
		defer conn.Close()
		conn.SetDeadline(deadline)
		keys, _ := sshagent.NewClient(conn).List()
		return keys
	})
	return func(key ssh.PublicKey) bool {
		return socket != "" && slices.ContainsFunc(list(), func(held *sshagent.Key) bool { return bytes.Equal(held.Blob, key.Marshal()) })
	}
}
