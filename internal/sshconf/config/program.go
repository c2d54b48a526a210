package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/internal/child"
)

// askTimeout is how long ssh may take over one host: what Match exec runs may hang.
const askTimeout = 10 * time.Second

// program is the system's ssh, as far as it has been asked.
type program struct {
	once  sync.Once
	usual map[string][]string // what it says of a host without any files, which is what is not set
	err   error
}

// ask has ssh evaluate the files for a host, because of a line.
func (c *Config) ask(ctx context.Context, q Query, why *Error) (Settings, error) {
	switch {
	case c.source.NoCommands && why.Reason == "Match exec":
		return Settings{}, why.because("Match exec runs a command, which --no-local-commands refuses")
	case c.source.NoCommands: // it would run whatever stands at another Match exec
		return Settings{}, why.because(why.Reason + " is for ssh -G to evaluate, which --no-local-commands refuses")
	}
	files, err := c.source.arguments()
	if err != nil {
		return Settings{}, why.because(why.Reason + " is for ssh -G to evaluate, " + err.Error())
	}
	c.ssh.once.Do(func() {
		c.ssh.usual, c.ssh.err = runSSH(context.WithoutCancel(ctx), []string{"-F", os.DevNull}, Query{Host: "localhost"})
	})
	if c.ssh.err != nil {
		return Settings{}, why.because(why.Reason + " is for ssh to evaluate, and it cannot: " + c.ssh.err.Error())
	}
	c.note(why.because(why.Reason + " is evaluated by ssh -G"))
	said, err := runSSH(ctx, files, q)
	if err != nil {
		return Settings{}, why.because(fmt.Sprintf("ssh -G %s: %v", q.Host, err))
	}
	p := &pass{config: c, query: q, host: q.Host, values: map[string]value{}, multiple: map[string][]value{}}
	for option, values := range said {
		class := options()[option]
		if class == nil || class.check == nil || slices.Equal(values, c.ssh.usual[option]) && option != "hostname" && option != "user" && option != "port" {
			continue
		}
		if class.many {
			for _, text := range values {
				p.multiple[option] = append(p.multiple[option], value{[]string{text}, *why})
			}
			continue
		}
		list := []string{values[0]}
		switch option {
		case "userknownhostsfile": // this and the next are not to be expanded again
			list = strings.Fields(literal(values[0]))
		case "hostname", "identityagent":
			list[0] = literal(list[0])
		case "globalknownhostsfile":
			list = strings.Fields(list[0])
		}
		p.values[option] = value{list, *why}
	}
	p.query.Port, _ = strconv.Atoi(p.word("port"))
	return p.settings()
}

// arguments name the files for ssh. Those that it reads by itself are in the home that the password database knows; where
// that is not ours, it would evaluate others.
func (s Source) arguments() ([]string, error) {
	if s.File != "" {
		return []string{"-F", s.File}, nil
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	if theirs := userBase(me.HomeDir) + "/config"; s.User != theirs {
		return nil, fmt.Errorf("which reads %s; name the file with -F", theirs)
	}
	return nil, nil
}

// runSSH asks ssh what it would do, and returns each option's values.
func runSSH(ctx context.Context, files []string, q Query) (map[string][]string, error) {
	args := append([]string{"-G"}, files...)
	if q.User != "" {
		args = append(args, "-l", q.User)
	}
	if q.Port != 0 {
		args = append(args, "-p", strconv.Itoa(q.Port))
	}
	if q.Jump != "" {
		args = append(args, "-o", "ProxyJump="+q.Jump)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	c, err := child.StartInTime(ctx, child.Spec{Path: "ssh", Args: append(args, "--", q.Host), Env: append(os.Environ(), "LC_ALL=C"), Session: true})
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { c.Kill() })()
	c.CloseWrite()
	said := map[string][]string{}
	out, err := io.ReadAll(io.LimitReader(c, maxBytes))
	io.Copy(io.Discard, c)
	exit := c.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("not done within %v", askTimeout)
	case err != nil:
		return nil, err
	case !exit.Success():
		return nil, errors.New(exit.String())
	}
	for text := range strings.Lines(string(out)) {
		option, rest, _ := strings.Cut(strings.TrimRight(text, "\n"), " ")
		said[option] = append(said[option], rest)
	}
	return said, nil
}
