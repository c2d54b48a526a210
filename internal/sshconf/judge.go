package sshconf

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// Judge says what to think of host keys, by the trusts that are added to it before all else. It is the only writer of the
// files in which new ones are noted. Prepare and Judge are safe for concurrent use.
type Judge struct {
	mu      sync.RWMutex // over what the files say, which grows by what is noted
	trusts  []*trust
	numbers map[string]int // of trusts
	files   map[string]*known
	revoked map[string]revocations
}

// NewJudge returns a judge that has no trusts yet.
func NewJudge() *Judge {
	return &Judge{numbers: map[string]int{}, files: map[string]*known{}, revoked: map[string]revocations{}}
}

// Prepare notes in a host, or in a jump host, what its trust knows of it beforehand: the keys that it may show without being
// asked about, and whether it may have certificates. Those keys are on plain lines: what is on hashed ones cannot be looked up
// by name at a tolerable price, so the worker asks about it.
func (j *Judge) Prepare(h *fleet.Host) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	t := j.trusts[h.Way().Trust]
	name := h.KnownName()
	w := h.Way()
	w.Pins, w.Certified = t.unrevoked(t.plain(name)), t.mayBeCertified(name)
	*h = h.Along(w)
}

// plain lists what plain lines have for a name.
func (t *trust) plain(name string) []entry {
	var entries []entry
	names := spellings(name)
	tried := 0
	for _, k := range t.known {
		entries = append(entries, k.hosts.plain[names[0]]...)
		tried += len(k.hosts.tried)
	}
	// OpenSSH takes the name without a port where the other has no line at all, which only a full search would tell.
	if len(names) > 1 && len(entries) == 0 && tried == 0 {
		for _, k := range t.known {
			entries = append(entries, k.hosts.plain[names[1]]...)
		}
	}
	return entries
}

// Judge decides about a key that a server shows. Whatever goes wrong on the way is a refusal. It waits for nothing, save to
// note a new key, and then no longer than ctx allows.
func (j *Judge) Judge(ctx context.Context, server fleet.Host, q fleet.HostKey) fleet.Verdict {
	key, err := ssh.ParsePublicKey(q.Key)
	switch {
	case err != nil:
		return refusal("not a host key: %v", err)
	case ctx.Err() != nil:
		return refusal("not judged: %v", ctx.Err())
	}
	t := j.trusts[server.Way().Trust]
	v := j.verdict(t, server, key)
	switch {
	case v.Decision == fleet.Accept || v.Decision == fleet.Revoked:
		return v
	case t.policy == Off && (v.Decision == fleet.Changed || v.Decision == fleet.Redial):
		return fleet.Verdict{Decision: fleet.Tolerate, Reason: v.Reason}
	case t.policy == Off:
		return fleet.Verdict{Decision: fleet.Accept}
	case t.policy == AcceptNew && v.Decision == fleet.Unknown:
		return j.learn(ctx, t, server, key)
	}
	return v
}

// verdict is what the files say.
func (j *Judge) verdict(t *trust, server fleet.Host, key ssh.PublicKey) fleet.Verdict {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if e, revoked := t.revokes(key); revoked {
		return fleet.Verdict{Decision: fleet.Revoked, Reason: fmt.Sprintf("host key %s is revoked at %s", describe(key), e.place())}
	}
	if certificate, ok := key.(*ssh.Certificate); ok {
		principal := cmp.Or(server.Way().KnownAs, server.DialName()) // without a port, as OpenSSH has it
		return t.judgeCertificate(server.KnownName(), strings.ToLower(principal), certificate)
	}
	return t.judge(server.KnownName(), key, false)
}

func refusal(format string, args ...any) fleet.Verdict {
	return fleet.Verdict{Decision: fleet.Unknown, Reason: fmt.Sprintf(format, args...)}
}
