package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/term"

	"muster/internal/fleet"
	"muster/internal/sshconf"
)

// interrupted is that a person, or a signal, ended the program before there was a run.
type interrupted struct{ os.Signal }

func (i interrupted) Error() string { return "interrupted" }

// interruptible does something, but waits no longer for it than a moment once a signal has come: then it is an error that
// the context was cancelled with.
func (inv *invocation) interruptible(do func(context.Context)) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(ctx)
	}()
	select {
	case <-done:
		return nil
	case s := <-inv.Signals():
		cancel()
		select {
		case <-done: // what it started has ended too
		case <-time.After(interruptGrace):
		}
		return interrupted{s}
	}
}

// interruptGrace is how long what was interrupted may take to end.
const interruptGrace = time.Second

// askPassword asks for the password of --ask-pass.
func (inv *invocation) askPassword(prompt string) (fleet.Secret, error) {
	password, err := inv.askSecret(prompt)
	switch {
	case errors.Is(err, errNoTerminal):
		return nil, usagef("--ask-pass: %w", err)
	case err == nil && len(password) == 0:
		return nil, usagef("--ask-pass: no password was given")
	}
	return password, err
}

// passphrases is how often a passphrase is asked for.
const passphrases = 3

// askPassphrase is an sshconf.Ask. A signal ends the trying, too.
func (inv *invocation) askPassphrase(prompt string, try func(fleet.Secret) error) error {
	var err error
	for range passphrases {
		passphrase, asked := inv.askSecret(prompt)
		switch {
		case errors.Is(asked, errNoTerminal):
			return fmt.Errorf("%w: %w", sshconf.ErrLocked, asked)
		case asked != nil:
			return asked
		case len(passphrase) == 0:
			return fmt.Errorf("%w: no passphrase was given", sshconf.ErrLocked)
		}
		tried := make(chan error, 1)
		go func() { tried <- try(passphrase) }()
		select {
		case err = <-tried:
		case s := <-inv.Signals():
			return interrupted{s}
		}
		if !errors.Is(err, sshconf.ErrLocked) {
			return err
		}
	}
	return err
}

var errNoTerminal = errors.New("no terminal to ask at")

// askSecret asks the person at the terminal, whatever the standard streams are. The terminal is as it was when it returns,
// also where a signal ends the wait.
func (inv *invocation) askSecret(prompt string) (fleet.Secret, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoTerminal, errors.Unwrap(err))
	}
	defer tty.Close()
	signals := inv.Signals()
	before, err := term.MakeRaw(int(tty.Fd())) // before the prompt: nothing that is typed after it is to be seen
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	defer term.Restore(int(tty.Fd()), before)
	type answer struct {
		secret string
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		secret, err := term.NewTerminal(tty, "").ReadPassword(prompt)
		answers <- answer{secret, err}
	}()
	select {
	case a := <-answers:
		switch {
		case a.err == io.EOF: // ^C and ^D, which are no signals to a raw terminal
			return nil, interrupted{syscall.SIGINT}
		case a.err != nil:
			return nil, fmt.Errorf("terminal read: %w", a.err)
		}
		return fleet.Secret(a.secret), nil
	case s := <-signals:
		return nil, interrupted{s}
	}
}
