package durable

import (
	"fmt"
	"os"
	"syscall"
)

// OthersMayWriteError is why a file is not read that says what this user's programs do.
type OthersMayWriteError struct{ Reason, Advice string }

func (e *OthersMayWriteError) Error() string { return e.Reason }

// Hint says what the user may do.
func (e *OthersMayWriteError) Hint() string { return e.Advice }

// OpenOwn is OpenRegular for a file that nobody may write to but this user and root, as ssh demands of its own. Where
// others may, the error is an *OthersMayWriteError.
func OpenOwn(path string) (*os.File, error) {
	f, err := OpenRegular(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = othersMayWrite(path, info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func othersMayWrite(path string, info os.FileInfo) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if ok && owner.Uid != 0 && int(owner.Uid) != os.Getuid() {
		return &OthersMayWriteError{Reason: "it belongs to somebody else, who might have you run anything"}
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return &OthersMayWriteError{
			Reason: fmt.Sprintf("permissions %04o: others may write to it, and have you run anything", mode),
			Advice: "chmod go-w " + path,
		}
	}
	return nil
}
