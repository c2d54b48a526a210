package sshconf

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/internal/durable"
	"muster/internal/fleet"
)

// Policy is what to do about host keys that are not known. A revoked key is refused under all of them.
type Policy string

const (
	Strict    Policy = "strict"     // refuse them
	AcceptNew Policy = "accept-new" // write the key down for a host that has none of any type, else refuse
	Off       Policy = "off"        // accept whatever is shown
)

// Judge answers workers' questions about host keys. It is the only writer of the file in which new ones are noted.
type Judge struct {
	known  *KnownHosts
	policy Policy
	file   string
}

// NewJudge returns a judge by what is known. Under AcceptNew it notes new keys in file, and in known, so that a second
// key for the same name is a changed one.
func NewJudge(known *KnownHosts, policy Policy, file string) *Judge {
	return &Judge{known: known, policy: policy, file: file}
}

// Judge decides about one key. Whatever goes wrong on the way is a refusal. It is safe for concurrent use.
func (j *Judge) Judge(ctx context.Context, q fleet.HostKey) fleet.Verdict {
	key, err := ssh.ParsePublicKey(q.Key)
	switch {
	case err != nil:
		return refusal("not a host key: %v", err)
	case len(q.Names) == 0:
		return refusal("a host key without a name")
	case ctx.Err() != nil:
		return refusal("not judged: %v", ctx.Err())
	}
	j.known.mu.RLock()
	v := j.known.judge(q.Names, key)
	j.known.mu.RUnlock()
	if _, certificate := key.(*ssh.Certificate); certificate || v.Decision == fleet.Revoked {
		return v
	}
	switch {
	case j.policy == Off:
		return fleet.Verdict{Decision: fleet.Accept}
	case j.policy == AcceptNew && v.Decision == fleet.Unknown:
		return j.learn(q.Names, key)
	}
	return v
}

func refusal(format string, args ...any) fleet.Verdict {
	return fleet.Verdict{Decision: fleet.Unknown, Reason: fmt.Sprintf(format, args...)}
}

// learn notes a key for a host that has none. All who ask about the same name wait for the first; then it has one.
func (j *Judge) learn(names []string, key ssh.PublicKey) fleet.Verdict {
	j.known.mu.Lock()
	defer j.known.mu.Unlock()
	if v := j.known.judge(names, key); v.Decision != fleet.Unknown {
		return v
	}
	for _, name := range names {
		if name == "" || strings.ContainsFunc(name, unfit) || name[0] == '@' || name[0] == '|' {
			return refusal("not a name to be noted: %q", name)
		}
	}
	line := strings.Join(names, ",") + " " + key.Type() + " " + base64.StdEncoding.EncodeToString(key.Marshal())
	if err := note(j.file, line); err != nil {
		return refusal("new host key not noted: %v", err)
	}
	j.known.addNames(names, entry{key: key.Marshal(), typ: key.Type(), file: j.file})
	return fleet.Verdict{Decision: fleet.Accept}
}

// unfit reports whether r would make a name something else in a known_hosts file.
func unfit(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(",*?!#", r) }

// note appends a line to a file that only its owner may read, in a directory that only its owner may enter.
func note(file, line string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return durable.AppendLine(file, 0o600, []byte(line))
}
