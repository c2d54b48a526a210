package procfs

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxText bounds, in bytes, each name that a host gives itself.
const maxText = 256

type system struct{ os, kernel string }

// parseUname reads what uname -sr prints: "Linux 6.1.0-13-amd64".
func parseUname(b []byte) (system, error) {
	name, release, _ := bytes.Cut(b, []byte(" "))
	os, err := text("os", name)
	if err != nil {
		return system{}, err
	}
	kernel, err := text("kernel", bytes.TrimSpace(release))
	return system{os: os, kernel: kernel}, err
}

// parseBootID reads /proc/sys/kernel/random/boot_id, which is another one after each boot.
func parseBootID(b []byte) (string, error) { return text("boot_id", b) }

// text reads a short name. Control characters, and those that turn the direction of writing, are refused.
func text(field string, b []byte) (string, error) {
	if len(b) > maxText {
		return "", fmt.Errorf("%s: over %d bytes: %s", field, maxText, quote(b))
	}
	for rest := b; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return "", fmt.Errorf("%s: unprintable: %s", field, quote(b))
		}
		rest = rest[size:]
	}
	return string(b), nil
}
