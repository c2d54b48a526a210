package fleet

import (
	"fmt"
	"io"
	"log/slog"
)

const hidden = "***"

// Secret is key material or a password. It prints and marshals as *** everywhere; package wire alone sends it in clear,
// to a worker's standard input.
type Secret []byte

// String hides the secret.
func (Secret) String() string { return hidden }

// Format hides the secret from fmt, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText hides the secret from every encoder that does not know it.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
