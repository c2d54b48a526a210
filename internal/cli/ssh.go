package cli

import (
	"os"
	"os/user"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/hostlist"
	"muster/internal/sshconf"
	"muster/internal/sshconf/config"
)

const (
	ownTransport     = "ssh"
	opensshTransport = "openssh"

	defaultKex = "default"
	fastKex    = "fast"

	noConfig = "none"

	minRate = 0.001 // connections a second
)

// sshOptions say how hosts are reached.
type sshOptions struct {
	user       string
	port       int
	identities cli.StringSlice
	knownHosts string
	hostKey    string
	config     string
	noCommands bool
	jump       string
	kex        string
	transport  string
	rate       float64
	askPass    bool
	noAgent    bool // where workers are there is none
}

func (o *sshOptions) flags() []cli.Flag {
	return category("SSH",
		&cli.StringFlag{Name: "user", Aliases: []string{"l"}, Usage: "log in as `USER` (default: ssh_config's, or you)", Destination: &o.user},
		&cli.IntFlag{Name: "port", Aliases: []string{"p"}, Usage: "connect to port `N` (default: ssh_config's, or 22)", Destination: &o.port},
		&cli.StringSliceFlag{Name: "identity", Aliases: []string{"i"}, Usage: "private key `FILE` (repeatable; default: ssh_config's, or the agent's and those in ~/.ssh)", Destination: &o.identities},
		&cli.StringFlag{Name: "known-hosts", Usage: "host keys `FILE` (default: ssh_config's, or ~/.ssh/known_hosts and the system's)", Destination: &o.knownHosts},
		&cli.StringFlag{Name: "host-key", Usage: "unknown host keys, `POLICY`: strict refuses them, accept-new writes them down, off trusts everybody (default: ssh_config's, or strict)", Destination: &o.hostKey},
		&cli.StringFlag{Name: "ssh-config", Aliases: []string{"F"}, Usage: "ssh_config `FILE`, or none (default: ~/.ssh/config and the system's)", Destination: &o.config},
		&cli.BoolFlag{Name: "no-local-commands", Usage: "refuse an ssh_config that has commands run here", Destination: &o.noCommands},
		&cli.StringFlag{Name: "jump", Aliases: []string{"J"}, Usage: "go through these `HOSTS`, separated by commas", Destination: &o.jump},
		&cli.StringFlag{Name: "kex", Usage: "key exchange, `KIND`: default, or fast, which costs a third less CPU and does not hold against quantum computers", Value: defaultKex, Destination: &o.kex},
		&cli.StringFlag{Name: "transport", Usage: "`T`: ssh is muster's own, openssh starts the system's ssh for each host", Value: ownTransport, Destination: &o.transport},
		&cli.Float64Flag{Name: "rate", Usage: "at most `R` new connections a second (default: no limit)", Destination: &o.rate},
	)
}

// passwordFlags are for commands that may ask.
func (o *sshOptions) passwordFlags() []cli.Flag {
	return category("SSH",
		&cli.BoolFlag{Name: "ask-pass", Usage: "ask for your password on the hosts, once: for those that want it to let you in, and for sudo", Destination: &o.askPass},
	)
}

// nameFlags are those that tell which spellings are one host.
func (o *sshOptions) nameFlags() []cli.Flag {
	o.config = noConfig
	return category("Defaults",
		&cli.StringFlag{Name: "user", Aliases: []string{"l"}, Usage: "`USER` of a host that names none, to tell which names are one host", Destination: &o.user},
		&cli.IntFlag{Name: "port", Aliases: []string{"p"}, Usage: "port `N` of a host that names none, likewise", Value: fleet.DefaultPort, Destination: &o.port},
	)
}

func (o *sshOptions) check() error {
	switch {
	case o.port < 0 || o.port > 65535:
		return usagef("--port %d: from 1 to 65535", o.port)
	case o.noCommands && o.transport == opensshTransport:
		return usagef("--no-local-commands is for --transport ssh: what ssh runs is its own affair")
	case o.rate != 0 && o.rate < minRate:
		return usagef("--rate must be at least %v", minRate)
	}
	for _, choice := range []struct {
		flag, value string
		allowed     []string
	}{
		{"--kex", o.kex, []string{defaultKex, fastKex}},
		{"--transport", o.transport, []string{ownTransport, opensshTransport}},
		{"--host-key", o.hostKey, []string{string(sshconf.Strict), string(sshconf.AcceptNew), string(sshconf.Off)}},
	} {
		if choice.value == "" { // as is usual
			continue
		}
		if err := oneOf(choice.flag, choice.value, choice.allowed...); err != nil {
			return err
		}
	}
	return nil
}

// checkHome refuses to reach hosts with keys that are in a home that there is not.
func (o *sshOptions) checkHome() error {
	_, err := os.UserHomeDir()
	if err != nil && (o.knownHosts == "" || len(o.identities.Value()) == 0) {
		return usagef("%w: --identity and --known-hosts say where they are", err)
	}
	return nil
}

// me is who logs in where nobody says.
func me() (string, error) {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return name, checkUser(name)
}

// checkUser refuses a user name that could not stand before the @ of a host.
func checkUser(name string) error {
	if _, err := hostlist.ParseHost(name + "@host"); err != nil {
		return usagef("--user %q: no name to log in as", name)
	}
	return nil
}

// routes reads ssh_config, and is then the ways to hosts.
func (o *sshOptions) routes(c *cli.Context) (*sshconf.Routes, error) {
	if c.IsSet("jump") && o.jump == "" {
		return nil, usagef("--jump: no host")
	}
	me, err := me()
	if o.user != "" {
		err = checkUser(o.user)
	}
	if err != nil {
		return nil, err
	}
	home, _ := os.UserHomeDir() // checkHome asks for it where it is needed
	options := sshconf.Options{
		File: o.config,
		User: o.user, Port: o.port, Me: me, Home: home, Jump: o.jump,
		Identities: o.identities.Value(), Agent: os.Getenv("SSH_AUTH_SOCK"), KnownHosts: o.knownHosts,
		NoAgent: o.noAgent, Policy: sshconf.Policy(o.hostKey), FastKex: o.kex == fastKex,
	}
	options.ConnectTimeout, options.PinTimeout = c.Duration("connect-timeout"), c.IsSet("connect-timeout")
	if o.config != noConfig {
		source := config.Source{File: o.config, System: "/etc/ssh/ssh_config", Home: home, LocalUser: me, NoCommands: o.noCommands}
		if home != "" {
			source.User = filepath.Join(home, ".ssh", "config")
		}
		options.Config, err = config.Load(source)
		if err != nil {
			return nil, usageError{err}
		}
	}
	return sshconf.NewRoutes(options), nil
}
