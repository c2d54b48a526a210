package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
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
	err    error         // why there are no keys
	lacks  atomic.Bool   // it cannot be reached, for want of something that this machine has run out of
	touch  chan struct{} // has one in it while a key waits for its touch
}

func newAgent(socket string) *agent {
	a := &agent{socket: socket, loaded: make(chan struct{}), touch: make(chan struct{}, 1)}
	a.ctx, a.giveUp = context.WithCancel(context.Background())
	return a
}

// signers returns the agent's keys, certificates before others, or none if it cannot be had before ctx is done.
func (a *agent) signers(ctx context.Context) (signers []ssh.MultiAlgorithmSigner) {
	a.once.Do(func() { go a.load() })
	select {
	case <-a.loaded:
	case <-ctx.Done():
		return nil
	case <-time.After(patience(ctx)):
		return nil
	}
	for _, key := range a.keys {
		if signer, err := certified(nil, agentSigner{AlgorithmSigner: key, agent: a, ctx: ctx}); err == nil {
			signers = append(signers, signer)
		}
	}
	return signers
}

// patience is how long an agent may take to say which keys it has: half of what time there is, so that some is left for the
// keys that we have ourselves, and to say why there were none.
func patience(ctx context.Context) time.Duration {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return agentTimeout
	}
	return min(agentTimeout, time.Until(deadline)/2)
}

func (a *agent) load() {
	defer close(a.loaded)
	if a.keys, a.err = a.list(); a.err != nil {
		a.giveUp()
	}
}

func (a *agent) list() ([]ssh.AlgorithmSigner, error) {
	conn, err := a.dial(a.ctx)
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
	now := uint64(time.Now().Unix())
	var keys []ssh.AlgorithmSigner
	for _, signer := range signers {
		certificate := certificateOf(signer.PublicKey())
		if certificate != nil && (certificate.ValidBefore <= now || certificate.ValidAfter > now) {
			continue // it would cost an offer
		}
		if key, ok := signer.(ssh.AlgorithmSigner); ok {
			keys = append(keys, key)
		}
	}
	slices.SortStableFunc(keys, func(a, b ssh.AlgorithmSigner) int { return cmp.Compare(rank(a), rank(b)) })
	return keys, nil
}

// rank puts certificates first.
func rank(key ssh.AlgorithmSigner) int {
	if certificateOf(key.PublicKey()) != nil {
		return 0
	}
	return 1
}

// certificateOf is the certificate that an agent's key is; nil: it is none.
func certificateOf(key ssh.PublicKey) *ssh.Certificate {
	parsed, _ := ssh.ParsePublicKey(key.Marshal())
	certificate, _ := parsed.(*ssh.Certificate)
	return certificate
}

// dial connects to the agent, and waits a while for what this machine may lack.
func (a *agent) dial(ctx context.Context) (conn net.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, agentTimeout)
	defer cancel()
	for wait := holds(ctx); ; {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", a.socket)
		a.lacks.Store(lacking(err))
		if !a.lacks.Load() || !wait() {
			return conn, err
		}
	}
}

// note says in a few words what the agent did not do for a host that refused us; nothing where there is nothing to say.
func (a *agent) note() []string {
	select {
	case <-a.loaded:
	default:
		return []string{"the ssh agent does not answer"}
	}
	switch {
	case a.err != nil:
		return []string{fmt.Sprintf("no ssh agent: %v", a.err)}
	case len(a.keys) == 0:
		return []string{"the ssh agent has no keys"}
	}
	return nil
}

// close hangs up. No signature may be asked for afterwards.
func (a *agent) close() {
	a.giveUp()
	a.once.Do(func() { close(a.loaded) })
	<-a.loaded
}
