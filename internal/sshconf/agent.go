package sshconf

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	sshagent "golang.org/x/crypto/ssh/agent"

	"muster/internal/fleet"
)

// agentTimeout is how long an agent may take to list its keys. One that takes longer has none, which is said.
const agentTimeout = 3 * time.Second

// busyPause is between tries where an agent has so many callers that it takes no more.
const busyPause = 10 * time.Millisecond

// holds reports whether the agent holds the key.
func (k *Keys) holds(socket string, public fleet.Key) bool {
	return public != nil && slices.ContainsFunc(k.held(socket), func(held fleet.Key) bool { return bytes.Equal(held, public) })
}

// held are the keys that an agent lists. Each agent is asked once for the whole run. An empty socket is no agent.
func (k *Keys) held(socket string) []fleet.Key {
	if socket == "" {
		return nil
	}
	keys, asked := k.agents[socket]
	if !asked {
		var err error
		if keys, err = listAgent(socket); err != nil {
			k.note(fmt.Sprintf("ssh agent: %v", err))
		}
		k.agents[socket] = keys
	}
	return keys
}

func listAgent(socket string) ([]fleet.Key, error) {
	deadline := time.Now().Add(agentTimeout)
	conn, err := dialAgent(socket, deadline)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(deadline)
	listed, err := sshagent.NewClient(conn).List()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", socket, err)
	}
	var keys []fleet.Key
	for _, key := range listed {
		keys = append(keys, key.Blob)
	}
	return keys, nil
}

// dialAgent connects to an agent, which may be busy: that is EAGAIN, and counts as a timeout.
func dialAgent(socket string, deadline time.Time) (net.Conn, error) {
	dialer := net.Dialer{Deadline: deadline}
	for {
		conn, err := dialer.Dial("unix", socket)
		busy, is := errors.AsType[net.Error](err)
		if !is || !busy.Timeout() || time.Until(deadline) < busyPause {
			return conn, err
		}
		time.Sleep(busyPause)
	}
}
