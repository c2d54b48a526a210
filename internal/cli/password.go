package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"

	"muster/internal/fleet"
)

// interrupted is that a person, or a signal, ended the program before there was a run.
type interrupted struct{ os.Signal }

func (i interrupted) Error() string { return "interrupted" }

// askPassword asks the person at the terminal, whatever the standard streams are. The terminal is as it was when it
// returns, also where a signal ends the wait.
func (inv *invocation) askPassword(prompt string) (fleet.Secret, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, usagef("--ask-pass: no terminal to ask at: %w", errors.Unwrap(err))
	}
	defer tty.Close()
	signals := inv.Signals()
	before, err := term.MakeRaw(int(tty.Fd())) // before the prompt: nothing that is typed after it is to be seen
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	defer term.Restore(int(tty.Fd()), before)
	type answer struct {
		password string
		err      error
	}
	answers := make(chan answer, 1)
	go func() {
		password, err := term.NewTerminal(tty, "").ReadPassword(prompt)
		answers <- answer{password, err}
	}()
	select {
	case a := <-answers:
		switch {
		case a.err == io.EOF: // ^C and ^D, which are no signals to a raw terminal
			return nil, interrupted{syscall.SIGINT}
		case a.err != nil:
			return nil, fmt.Errorf("password read: %w", a.err)
		case a.password == "":
			return nil, usagef("--ask-pass: no password was given")
		}
		return fleet.Secret(a.password), nil
	case s := <-signals:
		return nil, interrupted{s}
	}
}
