package sshconf

import (
	"context"
	"fmt"

	"golang.org/x/crypto/ssh"

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
	turn   chan failure // of capacity 1: whoever has taken it out, and nobody else, writes to file
}

// NewJudge returns a judge by what is known. Under AcceptNew it notes new keys in file, and in known, so that a second
// key for the same name is a changed one.
func NewJudge(known *KnownHosts, policy Policy, file string) *Judge {
	j := &Judge{known: known, policy: policy, file: file, turn: make(chan failure, 1)}
	j.turn <- failure{}
	return j
}

// Judge decides about one key. Whatever goes wrong on the way is a refusal. It waits for nothing, save to note a new key,
// and then no longer than ctx allows. It is safe for concurrent use.
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
	v := j.known.judge(q.Names, key)
	if _, certificate := key.(*ssh.Certificate); certificate || v.Decision == fleet.Revoked {
		return v
	}
	switch {
	case j.policy == Off:
		return fleet.Verdict{Decision: fleet.Accept}
	case j.policy == AcceptNew && v.Decision == fleet.Unknown:
		return j.learn(ctx, q.Names, key)
	}
	return v
}

func refusal(format string, args ...any) fleet.Verdict {
	return fleet.Verdict{Decision: fleet.Unknown, Reason: fmt.Sprintf(format, args...)}
}
