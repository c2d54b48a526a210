package sshconf

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"muster/internal/fleet"
	"muster/internal/sshconf/config"
)

// systemKnownHosts is where a machine keeps the host keys that all its users trust.
const systemKnownHosts = "/etc/ssh/ssh_known_hosts"

// trust puts together what the user asks for and what ssh_config says of whom to trust.
func (r *Routes) trust(s config.Settings) Trust {
	t := Trust{Policy: r.Policy, Hash: s.HashKnownHosts, AuthorityAlgorithms: r.algorithms("CASignatureAlgorithms", s.CASignatureAlgorithms, defaultAuthorityAlgorithms)}
	if s.RevokedHostKeys != "" {
		t.Revoked = []string{s.RevokedHostKeys}
	}
	if t.Policy == "" {
		switch s.StrictHostKeyChecking {
		case "accept-new":
			t.Policy = AcceptNew
		case "no", "off":
			t.Policy = Off
			r.note("ssh_config: StrictHostKeyChecking no: host keys are not verified where it says so")
		default:
			t.Policy = Strict
		}
	}
	if r.KnownHosts != "" {
		t.Files = []string{r.KnownHosts}
		return t
	}
	t.Files, t.Global = s.UserKnownHosts, s.GlobalKnownHosts
	if t.Files == nil {
		t.Files = []string{filepath.Join(r.Home, ".ssh", "known_hosts"), filepath.Join(r.Home, ".ssh", "known_hosts2")}
	}
	if t.Global == nil {
		t.Global = []string{systemKnownHosts, systemKnownHosts + "2"}
	}
	return t
}

// Ready is what a run needs to reach its hosts: whom to believe, and how to be believed.
type Ready struct {
	Identities []fleet.Identity
	Logins     []fleet.Login
	Notes      []string
	judge      *Judge
}

// Prepare reads keys and known hosts, each file once for the whole run, and pins to each host, and each jump host, the keys
// known for it. It asks for passphrases where it has to.
func (r *Routes) Prepare(hosts []fleet.Host, ask Ask) (ready Ready, err error) {
	keys := NewKeys(r.Home, ask)
	var logins distinct[fleet.Login]
	login := make([]int, len(r.logins.all)) // of each wish: many may come to the same
	for i, wish := range r.logins.all {
		if wish.login.Methods == nil || slices.Contains(wish.login.Methods, fleet.MethodKeys) {
			offers, notes, err := keys.Offers(wish.keys)
			if err != nil {
				return Ready{}, err
			}
			wish.login.Offers, wish.login.Agent = offers, wish.keys.Agent
			ready.Notes = append(ready.Notes, notes...)
		}
		login[i] = logins.add(wish.login)
	}
	ready.Identities, ready.Logins = keys.Identities(), logins.all
	ready.judge = NewJudge()
	for _, trust := range r.trusts.all {
		_, notes, err := ready.judge.Add(trust)
		if err != nil {
			return Ready{}, err
		}
		ready.Notes = append(ready.Notes, notes...)
	}
	ways := ways{}
	for i := range hosts {
		ways.prepare(&hosts[i], login, ready.judge)
	}
	for _, via := range r.jumps {
		ways.prepare(via, login, ready.judge)
	}
	ready.Notes = append(ready.Notes, r.notes...)
	if r.Config != nil {
		ready.Notes = append(ready.Notes, r.Config.Notes()...)
	}
	slices.Sort(ready.Notes)
	ready.Notes = slices.Compact(ready.Notes)
	return ready, nil
}

// Judge decides about a key that a host, or a jump host, shows.
func (r Ready) Judge(ctx context.Context, server fleet.Host, key fleet.HostKey) fleet.Verdict {
	if r.judge == nil {
		return refusal("nobody judges host keys in this run")
	}
	return r.judge.Judge(ctx, server, key)
}

// ConnectTimeoutMS is the longest time that some host may take until a command can be sent.
func (r Ready) ConnectTimeoutMS() int64 {
	longest := int64(0)
	for _, login := range r.Logins {
		longest = max(longest, login.ConnectTimeoutMS)
	}
	return longest
}

// literal has ssh take a file name as it is, and quoted one between double quotes.
var (
	literal = strings.NewReplacer("%", "%%")
	quoted  = strings.NewReplacer("%", "%%", `"`, `\"`, `\`, `\\`)
)

// Arguments are those that have the system's ssh reach hosts as the options say, but for what differs between hosts.
func (o Options) Arguments() []string {
	var args []string
	option := func(name, value string) { args = append(args, "-o", name+"="+value) }
	if o.File != "" {
		args = append(args, "-F", o.File)
	}
	for _, file := range o.Identities {
		args = append(args, "-i", literal.Replace(file))
	}
	if o.Jump != "" {
		args = append(args, "-J", o.Jump)
	}
	if o.KnownHosts != "" {
		option("UserKnownHostsFile", `"`+quoted.Replace(o.KnownHosts)+`"`)
		option("GlobalKnownHostsFile", "none")
	}
	switch o.Policy {
	case Strict:
		option("StrictHostKeyChecking", "yes")
	case AcceptNew:
		option("StrictHostKeyChecking", "accept-new")
	case Off:
		option("StrictHostKeyChecking", "no")
	}
	if o.FastKex {
		option("KexAlgorithms", "^"+fastKex[0]+","+fastKex[1])
	}
	return args
}
