package sshconf

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// Policy is what to do about host keys that are not known. A revoked key is refused under all of them.
type Policy string

const (
	Strict    Policy = "strict"     // refuse them
	AcceptNew Policy = "accept-new" // write the key down for a host that has none of any type, else refuse
	Off       Policy = "off"        // accept whatever is shown, but no password may be sent where another key is known
)

// Trust says whose host keys are believed: of some hosts of a run.
type Trust struct {
	Files   []string // known_hosts files of the user; new keys are noted in the first
	Global  []string // those of the machine
	Revoked []string // files of keys that are revoked, one a line; each must be there
	Policy  Policy
	Hash    bool // names are hidden in what is noted
	// AuthorityAlgorithms are those by which authorities may have signed certificates; nil: OpenSSH's own choice.
	AuthorityAlgorithms []string
}

// defaultAuthorityAlgorithms are OpenSSH's: none that rests on SHA-1.
var defaultAuthorityAlgorithms = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// trust is a Trust with what its files say.
type trust struct {
	policy     Policy
	algorithms []string
	hash       bool
	note       *known   // where new keys are noted; nil: nowhere
	known      []*known // the user's first
	revoked    []revocations
}

// Add takes in a trust and returns its number, the same for equal ones: that of the hosts whose keys it judges. Files are
// read as OpenSSH does it, and once for all trusts: one of known hosts that is missing is empty, and a line that cannot be
// read is as if it were not there, save for a warning ("file:line: why"). A file that is there and cannot be read is an
// error, and so is anything in a file of revoked keys that is none.
func (j *Judge) Add(t Trust) (number int, warnings []string, err error) {
	id := fmt.Sprintf("%#v", t)
	if number, ok := j.numbers[id]; ok {
		return number, nil, nil
	}
	loaded := trust{policy: t.Policy, hash: t.Hash, algorithms: t.AuthorityAlgorithms}
	if loaded.algorithms == nil {
		loaded.algorithms = defaultAuthorityAlgorithms
	}
	for _, files := range [][]string{t.Files, t.Global} {
		for _, file := range files {
			k, notes, err := j.load(file)
			if err != nil {
				return 0, nil, fmt.Errorf("known hosts: %w", err)
			}
			loaded.known = append(loaded.known, k)
			loaded.revoked = append(loaded.revoked, k.revoked)
			warnings = append(warnings, notes...)
		}
	}
	if len(t.Files) > 0 {
		loaded.note = loaded.known[0]
	}
	for _, file := range t.Revoked {
		revoked, err := j.loadRevoked(file)
		if err != nil {
			return 0, nil, fmt.Errorf("revoked host keys: %w", err)
		}
		loaded.revoked = append(loaded.revoked, revoked)
	}
	number = len(j.trusts)
	j.numbers[id], j.trusts = number, append(j.trusts, &loaded)
	return number, warnings, nil
}

// load reads a known_hosts file, unless it has been.
func (j *Judge) load(file string) (*known, []string, error) {
	if real, err := filepath.EvalSymlinks(file); err == nil && file != os.DevNull {
		file = real
	}
	if k, ok := j.files[file]; ok {
		return k, nil, nil
	}
	data, err := readOptional(file, maxKnownHosts)
	if err != nil {
		return nil, nil, err
	}
	k := newKnown(file)
	j.files[file] = k
	return k, k.read(data), nil
}

// loadRevoked reads a file of revoked keys, unless it has been.
func (j *Judge) loadRevoked(file string) (revocations, error) {
	if r, ok := j.revoked[file]; ok {
		return r, nil
	}
	r, err := readRevoked(file)
	if err != nil {
		return nil, err
	}
	j.revoked[file] = r
	return r, nil
}
