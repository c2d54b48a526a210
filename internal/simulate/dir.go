package simulate

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// WriteDir writes what a client needs into the directory dir, which must exist: hosts, a hostfile; id, the client's
// unencrypted private key; known_hosts, the hosts' keys. It may be called at any time, also after Close.
func (f *Fleet) WriteDir(dir string) error {
	var hosts, known bytes.Buffer
	for i, address := range f.sockets.addresses {
		key, err := public(f.keys.host(i))
		if err != nil {
			return fmt.Errorf("simulate: host key: %w", err)
		}
		fmt.Fprintln(&hosts, address)
		fmt.Fprintf(&known, "[%s]:%d %s", address.Addr(), address.Port(), ssh.MarshalAuthorizedKey(key))
	}
	id, err := ssh.MarshalPrivateKey(f.keys.client(), "muster simulate")
	if err != nil {
		return fmt.Errorf("simulate: client key: %w", err)
	}
	for _, file := range []struct {
		name string
		text []byte
		mode os.FileMode
	}{
		{"hosts", hosts.Bytes(), 0o644},
		{"id", pem.EncodeToMemory(id), 0o600},
		{"known_hosts", known.Bytes(), 0o644},
	} {
		if err := os.WriteFile(filepath.Join(dir, file.name), file.text, file.mode); err != nil {
			return fmt.Errorf("simulate: %w", err)
		}
	}
	return nil
}
