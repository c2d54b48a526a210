package fleet

import "log/slog"

const hidden = "***"

// Secret is key material or a password. It prints and marshals as *** everywhere; package wire alone sends it in clear,
// to a worker's standard input.
type Secret []byte

// String hides the secret from fmt.
func (Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return hidden }

// MarshalText hides the secret from every encoder that does not know it.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
