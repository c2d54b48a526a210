package sshconf

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

var errNotALine = errors.New("not a known_hosts line")

// add takes in one line of a file: [@marker] names type key [comment], see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
func (k *KnownHosts) add(line []byte, file string, number int) error {
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
	e := entry{key: key.Marshal(), typ: key.Type(), file: file, line: number}
	switch marker {
	case "":
		return k.addNames(names, e)
	case "revoked":
		if certificate, ok := key.(*ssh.Certificate); ok {
			k.revoked[string(certificate.Key.Marshal())] = e
		}
		k.revoked[string(e.key)] = e
		return nil
	case "cert-authority":
		return nil
	}
	return fmt.Errorf("unknown marker @%s", marker)
}

func (k *KnownHosts) addNames(names []string, e entry) error {
	if strings.HasPrefix(names[0], "|") {
		hash, err := parseHash(strings.Join(names, ","))
		if err != nil {
			return err
		}
		hash.entry = e
		k.byKey[string(e.key)] = append(k.byKey[string(e.key)], len(k.hashed))
		k.hashed = append(k.hashed, hash)
		return nil
	}
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	if slices.ContainsFunc(names, func(name string) bool { return strings.ContainsAny(name, "*?!") }) {
		k.patterns = append(k.patterns, patternEntry{entry: e, patterns: names})
		return nil
	}
	for _, name := range names {
		if name != "" {
			k.plain[name] = append(k.plain[name], e)
		}
	}
	return nil
}

// parseHash reads a hashed name: |1|salt|hash, where hash is HMAC-SHA1 of the name under the salt, both in base64.
func parseHash(text string) (hashedEntry, error) {
	parts := strings.Split(text, "|")
	if len(parts) != 4 || parts[0] != "" || parts[1] != "1" {
		return hashedEntry{}, errors.New("unknown form of a hashed name")
	}
	salt, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return hashedEntry{}, fmt.Errorf("salt of a hashed name: %w", err)
	}
	hash, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return hashedEntry{}, fmt.Errorf("hashed name: %w", err)
	}
	return hashedEntry{salt: salt, hash: hash}, nil
}
