package sshconf

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// certificate is what an authority says of a key. One that says nothing is a note.
type certificate struct {
	file   string
	text   fleet.Key
	public fleet.Key // the key that it is about
}

// certificate reads a certificate, once for the whole run. It is nil where there is none that is of use.
func (k *Keys) certificate(file string) *certificate {
	c, read := k.certificates[file]
	if !read {
		var err error
		if c, err = readCertificate(file, time.Now()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			k.note(fmt.Sprintf("certificate %s: %s", file, why(err)))
		}
		k.certificates[file] = c
	}
	return c
}

func readCertificate(file string, now time.Time) (*certificate, error) {
	data, _, err := readRegular(file, maxIdentity)
	if err != nil {
		return nil, err
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(data)
	if err != nil {
		return nil, errors.New("not a certificate for SSH")
	}
	cert, is := public.(*ssh.Certificate)
	unix := uint64(now.Unix())
	switch {
	case !is:
		return nil, errors.New("a public key, and no certificate")
	case cert.CertType != ssh.UserCert:
		return nil, errors.New("it is not for users")
	case cert.ValidBefore <= unix:
		return nil, fmt.Errorf("it has expired, on %s", day(cert.ValidBefore))
	case cert.ValidAfter > unix:
		return nil, fmt.Errorf("it is not valid before %s", day(cert.ValidAfter))
	}
	return &certificate{file: file, text: cert.Marshal(), public: cert.Key.Marshal()}, nil
}

func day(unix uint64) string {
	return time.Unix(int64(unix), 0).UTC().Format("2006-01-02 15:04:05 MST")
}
