package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
	usual map[string][]string // what it says of a host without any files
	err   error
}

// ask has ssh evaluate the files for a host, because of a line.
func (c *Config) ask(ctx context.Context, q Query, why *Error) (Settings, error) {
	if c.source.NoCommands && c.exec != nil { // ssh would run it, whatever else it is asked for
		return Settings{}, c.exec
	}
	c.ssh.once.Do(func() { c.ssh.usual, c.ssh.err = runSSH(ctx, []string{"-F", os.DevNull}, Query{Host: "localhost"}) })
	if c.ssh.err != nil {
		return Settings{}, why.because(why.Reason + " is for ssh to evaluate, and it cannot: " + c.ssh.err.Error())
	}
	c.note(why.because(why.Reason + " is evaluated by ssh -G"))
	var files []string
	if c.source.File != "" {
		files = []string{"-F", c.source.File}
	}
	said, err := runSSH(ctx, files, q)
	if err != nil {
		return Settings{}, why.because(fmt.Sprintf("ssh -G %s: %v", q.Host, err))
	}
	p := &pass{config: c, query: q, host: q.Host, values: map[string]value{}, multiple: map[string][]string{}}
	for option, values := range said {
		class := options[option]
		if class == nil || class.check == nil || slices.Equal(values, c.ssh.usual[option]) && option != "hostname" && option != "user" && option != "port" {
			continue
		}
		if class.many {
			p.multiple[option] = values
			continue
		}
		list := []string{values[0]}
		if option == "userknownhostsfile" || option == "globalknownhostsfile" {
			list = strings.Fields(values[0])
		}
		p.values[option] = value{list, *why}
	}
	p.set("hostname", literal(p.word("hostname")))
	p.query.Port, _ = strconv.Atoi(p.word("port"))
	delete(p.values, "canonicalizehostname")
	return p.settings()
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
	out, err := io.ReadAll(io.LimitReader(c, maxFile))
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
