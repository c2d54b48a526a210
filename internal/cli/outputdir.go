package cli

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"

	"muster/internal/fleet"
)

// longestName is how long the name of a file may be, in bytes, on every file system.
const longestName = 255

// outputDir is a directory with a file for what each host's command wrote.
type outputDir struct{ root *os.Root }

// openOutputDir makes the directory where it is not there.
func openOutputDir(path string) (*outputDir, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, fmt.Errorf("output directory: %w", err)
	}
	root, err := os.OpenRoot(path) // so that no link in it leads out of it
	if err != nil {
		return nil, fmt.Errorf("output directory: %w", err)
	}
	d := &outputDir{root}
	if err := d.probe(); err != nil {
		root.Close()
		return nil, fmt.Errorf("output directory: %w", err)
	}
	return d, nil
}

// probe finds out whether files can be made there, before anything runs whose output is to go there.
func (d *outputDir) probe() error {
	const name = "~" // no name is escaped to that
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), d.root.Remove(name))
}

// write writes NAME with stdout and, where there is any, NAME~stderr. A nil text is not written.
func (d *outputDir) write(name string, stdout, stderr fleet.Text) error {
	var errs []error
	if stdout != nil {
		errs = append(errs, d.file(fileName(name, ""), stdout))
	}
	if stderr != nil && stderr.Len() > 0 {
		errs = append(errs, d.file(fileName(name, "~stderr"), stderr))
	}
	return errors.Join(errs...)
}

func (d *outputDir) file(name string, t fleet.Text) error {
	text, err := t.Bytes()
	if err == nil {
		err = d.root.WriteFile(name, text, 0o666)
	}
	if err != nil {
		return fmt.Errorf("output directory: %w", err)
	}
	return nil
}

func (d *outputDir) close() error { return d.root.Close() }

// fileName makes a name safe for a file: what is no letter, digit or one of ".-_@:+,", and a first dot, is escaped as in
// a URL; of names that would be too long, a digest behind a ~ stands for the end. Different names stay different.
func fileName(name, suffix string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		safe := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_@:+,", c) >= 0
		if safe || c == '.' && i > 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len()+len(suffix) <= longestName {
		return b.String() + suffix
	}
	digest := fmt.Sprintf("~%x", sha256.Sum256([]byte(name)))
	return b.String()[:longestName-len(digest)-len(suffix)] + digest + suffix
}
