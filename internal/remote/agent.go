package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"
)

// agentTimeout is how long the agent may take for one answer. One that takes longer is given up for good: it answers in
// turn, so everybody would wait behind that answer.
const agentTimeout = 5 * time.Second

var errAgent = errors.New("ssh agent")

// agent is the user's ssh-agent, over one connection, made when the first host asks for a key. It only signs: it is
// never forwarded to a host.
type agent struct {
	socket string
	once   sync.Once
	loaded chan struct{} // closed once conn, keys and err stand
	conn   net.Conn
	keys   []ssh.AlgorithmSigner
	err    error // why there are no keys
}

func newAgent(socket string) *agent { return &agent{socket: socket, loaded: make(chan struct{})} }

// signers returns the agent's keys, or none if it cannot be had before ctx is done.
func (a *agent) signers(ctx context.Context) []ssh.Signer {
	a.once.Do(func() { go a.load() })
	select {
	case <-a.loaded:
	case <-ctx.Done():
		return nil
	}
	signers := make([]ssh.Signer, len(a.keys))
	for i, key := range a.keys {
		signers[i] = agentSigner{AlgorithmSigner: key, agent: a, ctx: ctx}
	}
	return signers
}

func (a *agent) load() {
	defer close(a.loaded)
	if a.conn, a.err = net.DialTimeout("unix", a.socket, agentTimeout); a.err != nil {
		return
	}
	a.conn.SetDeadline(time.Now().Add(agentTimeout))
	signers, err := sshagent.NewClient(a.conn).Signers()
	if err != nil {
		a.err = err
		a.conn.Close()
		return
	}
	a.conn.SetDeadline(time.Time{})
	for _, signer := range signers[:min(len(signers), maxOffers)] {
		if key, ok := signer.(ssh.AlgorithmSigner); ok {
			a.keys = append(a.keys, key)
		}
	}
}

// note says in a few words what the agent did not do for a host that refused us; "" where there is nothing to say.
func (a *agent) note() string {
	select {
	case <-a.loaded:
	default:
		return "; the ssh agent does not answer"
	}
	switch {
	case a.err != nil:
		return fmt.Sprintf("; no ssh agent: %v", a.err)
	case len(a.keys) == 0:
		return "; the ssh agent has no keys"
	}
	return ""
}

func (a *agent) close() error {
	a.once.Do(func() { close(a.loaded) })
	<-a.loaded
	if a.conn == nil {
		return nil
	}
	return a.conn.Close()
}

// agentSigner is one of the agent's keys, for one connection.
type agentSigner struct {
	ssh.AlgorithmSigner
	agent *agent
	ctx   context.Context
}

// Sign signs in the key's own format.
func (s agentSigner) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(random, data, "")
}

// SignWithAlgorithm asks the agent, and waits no longer than the host has time.
func (s agentSigner) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	type answer struct {
		signature *ssh.Signature
		err       error
	}
	answers := make(chan answer, 1)
	go func() {
		giveUp := time.AfterFunc(agentTimeout, func() { s.agent.conn.Close() })
		defer giveUp.Stop()
		signature, err := s.AlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
		answers <- answer{signature, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, fmt.Errorf("%w: %w", errAgent, a.err)
		}
		return a.signature, nil
	case <-s.ctx.Done():
		return nil, fmt.Errorf("%w: %w", errAgent, s.ctx.Err())
	}
}
