package sshconf

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/durable"
	"muster/internal/fleet"
)

// failure is why the last key could not be noted, and since when; err is nil if it was.
type failure struct {
	at  time.Time
	err error
}

// learn notes a key for a host that has none. All who ask about the same name wait for the first; then it has one. Who
// has waited for one that failed fails with it, so that all wait for a locked file together, not one after another.
func (j *Judge) learn(ctx context.Context, names []string, key ssh.PublicKey) fleet.Verdict {
	for _, name := range names {
		if name == "" || strings.ContainsFunc(name, unfit) || name[0] == '@' || name[0] == '|' {
			return refusal("not a name to be noted: %q", name)
		}
	}
	asked := time.Now()
	var last failure
	select {
	case last = <-j.turn:
	case <-ctx.Done():
		return refusal("new host key not noted: %v", context.Cause(ctx))
	}
	defer func() { j.turn <- last }()
	if v := j.known.judge(names, key); v.Decision != fleet.Unknown {
		return v
	}
	err := last.err
	if err == nil || !last.at.After(asked) {
		err = j.note(ctx, names, key)
		if ctx.Err() == nil { // else it is the caller's own failure
			last = failure{time.Now(), err}
		}
	}
	if err != nil {
		return refusal("new host key not noted: %v", err)
	}
	return fleet.Verdict{Decision: fleet.Accept}
}

// unfit reports whether r would make a name something else in a known_hosts file.
func unfit(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(",*?!#", r) }

// note writes a key down in a file that only its owner may read, in a directory that only its owner may enter, and then
// in what is known.
func (j *Judge) note(ctx context.Context, names []string, key ssh.PublicKey) error {
	if err := os.MkdirAll(filepath.Dir(j.file), 0o700); err != nil {
		return err
	}
	line := strings.Join(names, ",") + " " + key.Type() + " " + base64.StdEncoding.EncodeToString(key.Marshal())
	if err := durable.AppendLine(ctx, j.file, 0o600, []byte(line)); err != nil {
		return err
	}
	return j.known.learn(names, entry{key: key.Marshal(), typ: key.Type(), file: j.file})
}
