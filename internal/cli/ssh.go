package cli

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"muster/internal/fleet"
	"muster/internal/hostlist"
	"muster/internal/sshconf"
)

// systemKnownHosts is where a machine keeps the host keys that all its users trust.
const systemKnownHosts = "/etc/ssh/ssh_known_hosts"

// sshOptions say how hosts are reached.
type sshOptions struct {
	user       string
	port       int
	identities cli.StringSlice
	knownHosts string
	hostKey    string
	config     string
}

func (o *sshOptions) flags() []cli.Flag {
	return category("SSH",
		&cli.StringFlag{Name: "user", Aliases: []string{"l"}, Usage: "log in as `USER` (default: you)", Destination: &o.user},
		&cli.IntFlag{Name: "port", Aliases: []string{"p"}, Usage: "connect to port `N`", Value: fleet.DefaultPort, Destination: &o.port},
		&cli.StringSliceFlag{Name: "identity", Aliases: []string{"i"}, Usage: "private key `FILE`, or the public half of one that your agent holds (repeatable; default: your agent's, then those in ~/.ssh)", Destination: &o.identities},
		&cli.StringFlag{Name: "known-hosts", Usage: "host keys `FILE` (default: ~/.ssh/known_hosts and the system's)", Destination: &o.knownHosts},
		&cli.StringFlag{Name: "host-key", Usage: "unknown host keys, `POLICY`: strict refuses them, accept-new writes them down, off trusts everybody", Value: string(sshconf.Strict), Destination: &o.hostKey},
		&cli.StringFlag{Name: "ssh-config", Aliases: []string{"F"}, Usage: "`none`: ssh_config files are not read yet", Value: "none", Destination: &o.config},
	)
}

// nameFlags are those that tell which spellings are one host.
func (o *sshOptions) nameFlags() []cli.Flag {
	o.hostKey, o.config = string(sshconf.Strict), "none"
	return category("Defaults",
		&cli.StringFlag{Name: "user", Aliases: []string{"l"}, Usage: "`USER` of a host that names none, to tell which names are one host", Destination: &o.user},
		&cli.IntFlag{Name: "port", Aliases: []string{"p"}, Usage: "port `N` of a host that names none, likewise", Value: fleet.DefaultPort, Destination: &o.port},
	)
}

func (o *sshOptions) check() error {
	if o.port < 1 || o.port > 65535 {
		return usagef("--port %d: from 1 to 65535", o.port)
	}
	if err := oneOf("--ssh-config", o.config, "none"); err != nil {
		return err
	}
	return oneOf("--host-key", o.hostKey, string(sshconf.Strict), string(sshconf.AcceptNew), string(sshconf.Off))
}

// defaultUser is who logs in where the list does not say.
func (o *sshOptions) defaultUser() (string, error) {
	name := o.user
	if name == "" {
		name = os.Getenv("USER")
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	// A user name is what may stand before the @ of a host.
	if _, err := hostlist.ParseHost(name + "@host"); err != nil {
		return "", usagef("--user %q: no name to log in as", name)
	}
	return name, nil
}

// trust is what a run needs to reach hosts: whom to believe, and how to be believed.
type trust struct {
	identities []fleet.Identity
	logins     []fleet.Login
	judge      *sshconf.Judge
	notes      []string
}

// load reads keys and known hosts, once for the whole run, and pins to each host the keys known for it.
func (o *sshOptions) load(inv *invocation, hosts []fleet.Host) (trust, error) {
	home, err := os.UserHomeDir()
	if err != nil && (o.knownHosts == "" || len(o.identities.Value()) == 0) {
		return trust{}, usagef("%w: --identity and --known-hosts say where they are", err)
	}
	var t trust
	agent := os.Getenv("SSH_AUTH_SOCK")
	keys := sshconf.NewKeys(home, inv.askPassphrase)
	login := fleet.Login{Agent: agent}
	named := o.identities.Value()
	if login.Offers, t.notes, err = keys.Offers(sshconf.Want{Files: named, Named: len(named) > 0, Agent: agent}); err != nil {
		if _, bad := errors.AsType[*sshconf.IdentityError](err); bad {
			err = usageError{err}
		}
		return trust{}, err
	}
	t.identities, t.logins = keys.Identities(), []fleet.Login{login}
	files := []string{filepath.Join(home, ".ssh", "known_hosts"), systemKnownHosts}
	if o.knownHosts != "" {
		files = []string{o.knownHosts}
	}
	t.judge = sshconf.NewJudge()
	_, notes, err = t.judge.Add(sshconf.Trust{Files: files[:1], Global: files[1:], Policy: sshconf.Policy(o.hostKey)})
	if err != nil {
		return trust{}, usageError{err}
	}
	t.notes = append(t.notes, notes...)
	for i := range hosts {
		t.judge.Prepare(&hosts[i])
	}
	return t, nil
}
