package main

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Numbers of messages: RFC 4250, section 4.1, and RFC 8308.
const (
	msgDisconnect = 1
	msgIgnore     = 2
	msgAccept     = 6 // of a service
	msgExtInfo    = 7
	msgKexInit    = 20
	msgNewKeys    = 21
	msgKexReply   = 31
	msgFailure    = 51 // to let the user in
	msgSuccess    = 52
	msgBanner     = 53
	msgRequest    = 80
	msgOpen       = 90 // a channel
	msgData       = 94 // in a channel
)

const hostileVersion = "SSH-2.0-hostile"

// list is the fields of a message, each a string with its length before it.
func list(fields ...string) (message []byte) {
	for _, field := range fields {
		message = binary.BigEndian.AppendUint32(message, uint32(len(field)))
		message = append(message, field...)
	}
	return message
}

// proposal is what a server offers to speak: RFC 4253, section 7.1.
func proposal(kex, key, cipher, mac string) []byte {
	return slices.Concat([]byte{msgKexInit}, make([]byte, 16), list(kex, key, cipher, cipher, mac, mac, "none", "none", "", ""), make([]byte, 5))
}

// packet is a message as it is sent, with blocks of a size, up to where a cipher begins: RFC 4253, section 6.
func packet(message []byte, block, aside int) []byte {
	padding := block - (len(message)+5-aside)%block
	if padding < 4 {
		padding += block
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(1+len(message)+padding))
	return slices.Concat(head, []byte{byte(padding)}, message, make([]byte, padding))
}

// plain is a message as it is sent before there are keys.
func plain(message []byte) []byte { return packet(message, 8, 0) }

// talker is a server that has exchanged keys with a client. From then on it only talks, and says what it likes.
type talker struct {
	conn  net.Conn
	seal  cipher.AEAD
	nonce []byte
}

// greet exchanges keys with a client: curve25519-sha256 and aes128-gcm. What it shows for its key, and for its signature, may
// be given.
func greet(c net.Conn, key ssh.Signer, shown, signature []byte) (*talker, error) {
	in, mine := bufio.NewReader(c), proposal("curve25519-sha256", key.PublicKey().Type(), "aes128-gcm@openssh.com", "hmac-sha2-256")
	if _, err := c.Write(append([]byte(hostileVersion+"\r\n"), plain(mine)...)); err != nil {
		return nil, err
	}
	version, err := in.ReadString('\n')
	theirs, err2 := unpack(in)
	first, err3 := unpack(in)
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	public, err := ecdh.X25519().NewPublicKey(first[min(5, len(first)):])
	if err != nil {
		return nil, err
	}
	shared, err := private.ECDH(public)
	if err != nil {
		return nil, err
	}
	if shown == nil {
		shown = key.PublicKey().Marshal()
	}
	secret := ssh.Marshal(struct{ K *big.Int }{new(big.Int).SetBytes(shared)})
	hash := sha256.Sum256(append(list(strings.TrimRight(version, "\r\n"), hostileVersion, string(theirs), string(mine), string(shown),
		string(public.Bytes()), string(private.PublicKey().Bytes())), secret...))
	if signature == nil {
		s, err := key.Sign(rand.Reader, hash[:])
		if err != nil {
			return nil, err
		}
		signature = ssh.Marshal(s)
	}
	reply := append([]byte{msgKexReply}, list(string(shown), string(private.PublicKey().Bytes()), string(signature))...)
	if _, err := c.Write(append(plain(reply), plain([]byte{msgNewKeys})...)); err != nil {
		return nil, err
	}
	derived := func(letter byte) []byte {
		sum := sha256.Sum256(slices.Concat(secret, hash[:], []byte{letter}, hash[:]))
		return sum[:]
	}
	block, err := aes.NewCipher(derived('D')[:16])
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	return &talker{c, seal, derived('B')[:12]}, err
}

// unpack reads a message before there are keys.
func unpack(in io.Reader) ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	length, padding := int(binary.BigEndian.Uint32(head[:4])), int(head[4])
	if length > 1<<16 || length < padding+1 {
		return nil, errors.New("not a packet")
	}
	message := make([]byte, length-1)
	_, err := io.ReadFull(in, message)
	return message[:len(message)-padding], err
}

// say sends messages.
func (s *talker) say(messages ...[]byte) error {
	for _, message := range messages {
		p := packet(message, aes.BlockSize, 4)
		p = s.seal.Seal(p[:4], s.nonce, p[4:], p[:4])
		counter := s.nonce[4:]
		binary.BigEndian.PutUint64(counter, binary.BigEndian.Uint64(counter)+1)
		if _, err := s.conn.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// heard answers that a client would log in.
var heard = append([]byte{msgAccept}, list("ssh-userauth")...)

// letIn lets the client in, whoever that is.
func (s *talker) letIn() error { return s.say(heard, []byte{msgSuccess}) }
