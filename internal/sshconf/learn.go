package sshconf

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"muster/internal/durable"
	"muster/internal/fleet"
)

// failure is why the last key could not be noted, and since when; err is nil if it was.
type failure struct {
	at  time.Time
	err error
}

// learn notes the key of a server for which none is known; of a certificate by nobody known, the key in it. All who ask
// about the same name wait for the first; then it has one. Who has waited for one that failed fails with it, so that all
// wait for a locked file together, not one after another.
func (j *Judge) learn(ctx context.Context, t *trust, server fleet.Host, key ssh.PublicKey) fleet.Verdict {
	name := server.KnownName()
	if name == "" || strings.ContainsFunc(name, unfit) || name[0] == '@' || name[0] == '|' {
		return refusal("not a name to be noted: %q", name)
	}
	if t.note == nil {
		return refusal("new host key not noted: there is no file for it")
	}
	asked := time.Now()
	var last failure
	select {
	case last = <-t.note.turn:
	case <-ctx.Done():
		return refusal("new host key not noted: %v", context.Cause(ctx))
	}
	defer func() { t.note.turn <- last }()
	if v := j.verdict(t, server, key); v.Decision != fleet.Unknown {
		return v
	}
	err := last.err
	if err == nil || !last.at.After(asked) {
		err = j.note(ctx, t, name, key)
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
// in what is known. What is written to /dev/null is known as long as the run lasts.
func (j *Judge) note(ctx context.Context, t *trust, name string, key ssh.PublicKey) error {
	k, shown := t.note, name
	if t.hash {
		shown = knownhosts.HashHostname(name)
	}
	if certificate, ok := key.(*ssh.Certificate); ok {
		key = certificate.Key
	}
	if k.file != os.DevNull {
		if err := os.MkdirAll(filepath.Dir(k.file), 0o700); err != nil {
			return err
		}
		line := shown + " " + key.Type() + " " + base64.StdEncoding.EncodeToString(key.Marshal())
		if err := durable.AppendLine(ctx, k.file, 0o600, []byte(line)); err != nil {
			return err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return k.hosts.add([]string{name}, entry{key: key.Marshal(), typ: key.Type(), file: k.file})
}
