package remote

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"

	"muster/internal/fleet"
)

// sudo reads the stderr of a line that runs a command as root, and answers what it finds there on the line's standard
// input. sudo may not ask for a password, and then reads none: one sent unasked would go to the command. So
//
//	the prompt                       the password
//	the prompt again                 the end: the password was wrong
//	the word that sudo is through    the command's own input, and its end
//
// Both are random words, and are taken out of what is passed on. Once sudo is through, nothing more is looked for.
type sudo struct {
	prompt, through string
	password, stdin []byte
	input           chan<- []byte // closed at the end
	to              io.Writer

	asked  bool // for the password
	ended  bool // the input is
	passed bool // sudo is through
	held   []byte
}

func newSudo(cmd Command, to io.Writer, input chan<- []byte) *sudo {
	return &sudo{
		prompt: rand.Text(), through: rand.Text(),
		password: passwordLine(cmd.Sudo), stdin: cmd.Stdin,
		input: input, to: to,
	}
}

// passwordLine is what sudo reads: one line, whatever the password. The command would read a second one.
func passwordLine(password fleet.Secret) []byte {
	line, _, _ := bytes.Cut(password, []byte("\n"))
	return append(bytes.Clone(line), '\n')
}

// line is the command line that runs another one, which is for a POSIX shell, as root. It says that sudo is through
// before the other one is so much as parsed: a shell shows what it cannot parse.
func (s *sudo) line(command string) string {
	words := []string{"sudo", "-S", "-p", s.prompt, "--", "sh", "-c", "printf " + s.through + ` >&2; exec sh -c "$1"`, "sh", command}
	for i, word := range words {
		words[i] = Quote(word)
	}
	return strings.Join(words, " ")
}

// Write never fails.
func (s *sudo) Write(p []byte) (int, error) {
	if s.passed {
		return s.to.Write(p)
	}
	text := append(s.held, p...)
	for !s.passed {
		at, word := s.find(text)
		if word == "" {
			break
		}
		s.to.Write(text[:at])
		text = text[at+len(word):]
		s.answer(word)
	}
	whole := len(text) - s.begun(text)
	s.to.Write(text[:whole])
	s.held = append(s.held[:0], text[whole:]...)
	return len(p), nil
}

// find looks for the first of the words; "": there is none.
func (s *sudo) find(text []byte) (at int, word string) {
	for _, w := range []string{s.prompt, s.through} {
		if i := bytes.Index(text, []byte(w)); i >= 0 && (word == "" || i < at) {
			at, word = i, w
		}
	}
	return at, word
}

// begun is how many bytes at the end of text may be the beginning of a word.
func (s *sudo) begun(text []byte) int {
	if s.passed {
		return 0
	}
	n := min(len(text), max(len(s.prompt), len(s.through))-1)
	for ; n > 0; n-- {
		end := string(text[len(text)-n:])
		if strings.HasPrefix(s.prompt, end) || strings.HasPrefix(s.through, end) {
			break
		}
	}
	return n
}

func (s *sudo) answer(word string) {
	s.passed = word == s.through
	switch {
	case s.ended:
		return
	case word == s.prompt && !s.asked:
		s.asked = true
		s.input <- s.password
		return
	case s.passed && len(s.stdin) > 0:
		s.input <- s.stdin
	}
	s.end()
}

func (s *sudo) end() {
	if !s.ended {
		s.ended = true
		close(s.input)
	}
}

// stderrEnded passes on what was held back, and ends the input, if sudo never came so far.
func (s *sudo) stderrEnded() {
	s.to.Write(s.held)
	s.held = nil
	s.end()
}
