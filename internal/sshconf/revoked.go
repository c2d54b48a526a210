package sshconf

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/crypto/ssh"
)

// revocations are keys that are revoked, for every host, whatever names their lines have, which is more than OpenSSH does:
// whoever has stolen one may show it under any name.
type revocations map[string]entry

// add revokes a key; of a certificate, that which it certifies too.
func (r revocations) add(key ssh.PublicKey, e entry) {
	if certificate, ok := key.(*ssh.Certificate); ok {
		r[string(certificate.Key.Marshal())] = e
	}
	r[string(key.Marshal())] = e
}

// krlMagic begins a file of revoked keys in a form of OpenSSH's own (PROTOCOL.krl).
const krlMagic = "SSHKRL\n\x00"

// readRevoked reads a file of revoked keys, one a line as in authorized_keys, without options. A line that cannot be read
// may be the one that counts: it is an error, and so is a file that is missing.
func readRevoked(file string) (revocations, error) {
	revoked := revocations{}
	if file == os.DevNull {
		return revoked, nil
	}
	data, _, err := readRegular(file, maxKnownHosts)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte(krlMagic)) {
		return nil, &fs.PathError{Op: "read", Path: file, Err: errors.New("a key revocation list (ssh-keygen -k) is not supported: list the public keys, one a line")}
	}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		line = bytes.Trim(line, " \t\r\n")
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, _, options, _, err := ssh.ParseAuthorizedKey(line)
		if err != nil || len(options) > 0 {
			return nil, fmt.Errorf("%s:%d: not a public key", file, number)
		}
		revoked.add(key, entry{key: key.Marshal(), typ: key.Type(), file: file, line: number})
	}
	return revoked, nil
}
