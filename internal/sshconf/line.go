package sshconf

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"
)

var errNotALine = errors.New("not a known_hosts line")

// add takes in one line: [@marker] names type key [comment], see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
func (k *known) add(line []byte, number int) error {
	marker, names, key, _, _, err := ssh.ParseKnownHosts(line)
	switch {
	case err == io.EOF:
		if text := bytes.Trim(line, " \t\r\n"); len(text) > 0 && text[0] != '#' {
			return errNotALine
		}
		return nil
	case err != nil:
		return errors.New(strings.TrimPrefix(err.Error(), "ssh: "))
	}
	e := entry{key: key.Marshal(), typ: key.Type(), file: k.file, line: number}
	switch marker {
	case "":
		return k.hosts.add(names, e)
	case "cert-authority":
		return k.authorities.add(names, e)
	case "revoked":
		k.revoked.add(key, e)
		return nil
	}
	return fmt.Errorf("unknown marker @%s", marker)
}

// parseHash reads a hashed name: |1|salt|hash, where hash is HMAC-SHA1 of the name under the salt, both in base64.
func parseHash(text string) (hashedName, error) {
	parts := strings.Split(text, "|")
	if len(parts) != 4 || parts[0] != "" || parts[1] != "1" {
		return hashedName{}, errors.New("unknown form of a hashed name")
	}
	salt, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return hashedName{}, fmt.Errorf("salt of a hashed name: %w", err)
	}
	hash, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return hashedName{}, fmt.Errorf("hashed name: %w", err)
	}
	return hashedName{salt: salt, hash: hash}, nil
}
