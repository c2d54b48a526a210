package simulate

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/crypto/ssh"
)

// keys derives every key of a fleet from one random secret when it is needed: made at the start, those of 10,000 hosts
// would cost more than all else.
type keys [32]byte

func newKeys() keys {
	var k keys
	rand.Read(k[:])
	return k
}

// client is the only key that may log in.
func (k keys) client() ed25519.PrivateKey { return k.derive("client", 0) }

// host is the key that known_hosts has for host i.
func (k keys) host(i int) ed25519.PrivateKey { return k.derive("host", i) }

// wrong is what a host of the kind WrongKey shows in place of it.
func (k keys) wrong(i int) ed25519.PrivateKey { return k.derive("wrong", i) }

func (k keys) derive(purpose string, i int) ed25519.PrivateKey {
	seed := sha256.Sum256(binary.BigEndian.AppendUint64(append(k[:], purpose...), uint64(i)))
	return ed25519.NewKeyFromSeed(seed[:])
}

// public returns the public half of key as SSH has it.
func public(key ed25519.PrivateKey) (ssh.PublicKey, error) { return ssh.NewPublicKey(key.Public()) }
