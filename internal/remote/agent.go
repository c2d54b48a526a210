package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
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
	ctx    context.Context // ends with the connection
	giveUp context.CancelFunc
	once   sync.Once
	loaded chan struct{} // closed once keys and err stand
	keys   []ssh.AlgorithmSigner
	err    error       // why there are no keys
	lacks  atomic.Bool // it cannot be reached, for want of something that this machine has run out of
}

func newAgent(socket string) *agent {
	a := &agent{socket: socket, loaded: make(chan struct{})}
	a.ctx, a.giveUp = context.WithCancel(context.Background())
	return a
}

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
	if a.keys, a.err = a.list(); a.err != nil {
		a.giveUp()
	}
}

func (a *agent) list() ([]ssh.AlgorithmSigner, error) {
	conn, err := a.dial()
	if err != nil {
		return nil, err
	}
	context.AfterFunc(a.ctx, func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(agentTimeout))
	signers, err := sshagent.NewClient(conn).Signers()
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	var keys []ssh.AlgorithmSigner
	for _, signer := range signers {
		if key, ok := signer.(ssh.AlgorithmSigner); ok {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// dial connects to the agent, and waits a while for what this machine may lack.
func (a *agent) dial() (conn net.Conn, err error) {
	ctx, cancel := context.WithTimeout(a.ctx, agentTimeout)
	defer cancel()
	for wait := holds(ctx); ; {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", a.socket)
		a.lacks.Store(lacking(err))
		if !a.lacks.Load() || !wait() {
			return conn, err
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

// close hangs up. No signature may be asked for afterwards.
func (a *agent) close() {
	a.giveUp()
	a.once.Do(func() { close(a.loaded) })
	<-a.loaded
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
		defer time.AfterFunc(agentTimeout, s.agent.giveUp).Stop()
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
