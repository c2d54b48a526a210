package cli

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"muster/internal/fleet"
)

// askPassword asks the person at the terminal, whatever the standard streams are.
func askPassword(prompt string) (fleet.Secret, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, usagef("--ask-pass: no terminal to ask at: %w", errors.Unwrap(err))
	}
	defer tty.Close()
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	fmt.Fprint(tty, prompt)
	password, err := term.ReadPassword(fd)
	fmt.Fprintln(tty)
	if err != nil {
		term.Restore(fd, before)
		return nil, fmt.Errorf("password read: %w", err)
	}
	if len(password) == 0 {
		return nil, usagef("--ask-pass: no password was given")
	}
	return password, nil
}
