package sshconf

import (
	"errors"
	"fmt"
	"io/fs"
)

// IdentityError says why a private key file that was asked for cannot be used.
type IdentityError struct {
	File   string
	Reason string
	Advice string // what to do about it; may be empty
}

func (e *IdentityError) Error() string { return fmt.Sprintf("identity %s: %s", e.File, e.Reason) }

// Hint is what to do about it, or "".
func (e *IdentityError) Hint() string { return e.Advice }

// why is an error's text without the file, which an IdentityError names.
func why(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return err.Error()
}
