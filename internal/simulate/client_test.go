package simulate_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"muster/internal/simulate"
)

// patience bounds each conversation of a test.
const patience = 30 * time.Second

// start starts a fleet that the test's end closes.
func start(t *testing.T, config simulate.Config) *simulate.Fleet {
	t.Helper()
	f, err := simulate.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// clientConfig is that of a client who has what WriteDir writes.
func clientConfig(t *testing.T, f *simulate.Fleet) *ssh.ClientConfig {
	t.Helper()
	dir := t.TempDir()
	if err := f.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(filepath.Join(dir, "id"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	known, err := knownhosts.New(filepath.Join(dir, "known_hosts"))
	if err != nil {
		t.Fatal(err)
	}
	return &ssh.ClientConfig{
		User:            "anybody",
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: known,
	}
}

// connect opens a bare connection to a host.
func connect(t *testing.T, label string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", label, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// login opens an SSH connection to a host on conn.
func login(t *testing.T, conn net.Conn, config *ssh.ClientConfig) (*ssh.Client, error) {
	t.Helper()
	c, channels, requests, err := ssh.NewClientConn(conn, conn.RemoteAddr().String(), config)
	if err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	client := ssh.NewClient(c, channels, requests)
	t.Cleanup(func() { client.Close() })
	return client, nil
}

// dial opens an SSH connection to a host that takes part so far.
func dial(t *testing.T, label string, config *ssh.ClientConfig) (net.Conn, *ssh.Client) {
	t.Helper()
	conn := connect(t, label)
	client, err := login(t, conn, config)
	if err != nil {
		t.Fatal(err)
	}
	return conn, client
}

// command runs a command in a session of its own.
func command(t *testing.T, client *ssh.Client, line string) (stdout, stderr []byte, err error) {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	var out, errs bytes.Buffer
	session.Stdout, session.Stderr = &out, &errs
	err = session.Run(line)
	return out.Bytes(), errs.Bytes(), err
}
