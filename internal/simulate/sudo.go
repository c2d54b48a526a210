package simulate

import (
	"fmt"
	"io"
	"strings"
)

// sudoPassword is what sudo wants to hear on every host, and sudoTries how often it asks.
const (
	sudoPassword = "simulated"
	sudoTries    = 3
)

// sudo runs a command as it is, where it is told not to ask, or given the password on standard input.
func (f *Fleet) sudo(i int, args []string, std stdio) uint32 {
	switch {
	case len(args) > 2 && args[0] == "-n" && args[1] == "--":
		return f.run(i, args[2:], std)
	case len(args) > 4 && args[0] == "-S" && args[1] == "-p" && args[3] == "--":
		if !authenticated(args[2], std) {
			return 1
		}
		return f.run(i, args[4:], std)
	}
	return usage(std, "sudo -n -- COMMAND, or sudo -S -p PROMPT -- COMMAND")
}

// authenticated asks for the password.
func authenticated(prompt string, std stdio) bool {
	wrong := 0
	for ; wrong < sudoTries; wrong++ {
		if wrong > 0 {
			fmt.Fprintln(std.err, "Sorry, try again.")
		}
		io.WriteString(std.err, prompt)
		line, ok := readLine(std.in)
		if !ok {
			break
		}
		if line == sudoPassword {
			return true
		}
	}
	switch wrong {
	case 0:
		fmt.Fprintln(std.err, "sudo: no password was provided")
	case 1:
		fmt.Fprintln(std.err, "sudo: 1 incorrect password attempt")
	default:
		fmt.Fprintf(std.err, "sudo: %d incorrect password attempts\n", wrong)
	}
	return false
}

// readLine reads a line and not a byte more: what follows is for the command. It reports false where there is none.
func readLine(r io.Reader) (string, bool) {
	var line []byte
	for c := make([]byte, 1); len(line) < 1024; line = append(line, c[0]) {
		if _, err := io.ReadFull(r, c); err != nil {
			return "", false
		}
		if c[0] == '\n' {
			break
		}
	}
	return string(line), true
}

// What stands around the word that muster's sudo line says before it runs its command.
const (
	sayBefore = "printf "
	sayAfter  = ` >&2; exec sh -c "$1"`
)

// nested is sh -c, with a line, or with muster's own script and the line for that.
func (f *Fleet) nested(i int, args []string, std stdio) uint32 {
	if len(args) < 2 || args[0] != "-c" {
		return usage(std, "sh -c COMMAND")
	}
	word, ok := strings.CutPrefix(args[1], sayBefore)
	word, ends := strings.CutSuffix(word, sayAfter)
	if !ok || !ends || len(args) != 4 {
		return f.shell(i, args[1], std)
	}
	io.WriteString(std.err, word)
	return f.shell(i, args[3], std)
}
