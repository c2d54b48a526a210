package remote

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"
)

// agentSigner is one of the agent's keys, for one connection.
type agentSigner struct {
	ssh.AlgorithmSigner
	agent *agent
	ctx   context.Context // ends with the host's time
}

// Sign signs in the key's own format.
func (s agentSigner) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(random, data, "")
}

// SignWithAlgorithm asks the agent, and waits no longer than the host has time.
func (s agentSigner) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (signature *ssh.Signature, err error) {
	if strings.HasPrefix(s.PublicKey().Type(), "sk-") {
		signature, err = s.touched(data)
	} else {
		signature, err = s.signed(random, data, algorithm)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAgent, err)
	}
	return signature, nil
}

// signed is the signature of a key that nobody needs to touch.
func (s agentSigner) signed(random io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	var signature *ssh.Signature
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		signature, err = s.AlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
	}()
	go s.agent.expect(done)
	select {
	case <-done:
		return signature, err
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

// expect gives the agent up if it is not done in time. While a key waits for its touch, an agent may do nothing else.
func (a *agent) expect(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(agentTimeout):
			if len(a.touch) == 0 {
				a.giveUp()
				return
			}
		}
	}
}

// touched is the signature of a FIDO key, which waits for a person to touch it, as long as the host has time. It has a
// connection of its own, which answers nobody else; keys that are to be touched take turns.
func (s agentSigner) touched(data []byte) (*ssh.Signature, error) {
	select {
	case s.agent.touch <- struct{}{}:
		defer func() { <-s.agent.touch }()
	case <-s.ctx.Done():
		return nil, fmt.Errorf("another key waits to be touched: %w", s.ctx.Err())
	}
	conn, err := s.agent.dial(s.ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(s.ctx, func() { conn.Close() })()
	signature, err := sshagent.NewClient(conn).Sign(s.PublicKey(), data)
	if s.ctx.Err() != nil {
		err = fmt.Errorf("the key was not touched: %w", s.ctx.Err())
	}
	return signature, err
}
