package sshconf

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"reflect"
	"strconv"
	"strings"
	"time"

	"muster/internal/fleet"
	"muster/internal/sshconf/config"
)

// Options are what the user asks for, of all hosts alike. What is asked for wins over ssh_config.
type Options struct {
	Config *config.Config // nil: none
	File   string         // of it, where it was named
	User   string         // of hosts that name none; not of jump hosts
	Port   int            // likewise; 0: none is asked for
	Me     string         // who logs in where nobody says
	Home   string
	Jump   string // jump hosts, separated by commas; not of those hosts themselves

	Identities     []string      // key files; also for jump hosts
	Agent          string        // socket; empty: none
	NoAgent        bool          // none is reached from where hosts are logged in to, not even one that ssh_config names
	KnownHosts     string        // file; empty: ssh_config's, or the usual ones
	Policy         Policy        // empty: ssh_config's, or Strict
	ConnectTimeout time.Duration // where ssh_config has none, or PinTimeout
	PinTimeout     bool          // ConnectTimeout is asked for
	FastKex        bool          // the cheapest key exchanges first
}

// Routes are the ways to all hosts of a run: what the user asks for and what ssh_config says, put together. What hosts have
// in common, their logins and whom to trust, is kept once.
type Routes struct {
	Options
	jumps  map[string]*fleet.Host // by what they were made of
	logins distinct[wish]
	trusts distinct[Trust]
	last   *shared // of the host that was routed last; nil: none was
	notes  []string
}

// shared is what hosts of the same settings have in common.
type shared struct {
	settings     config.Settings
	login, trust int
}

// NewRoutes returns the routes of a run that has no hosts yet.
func NewRoutes(o Options) *Routes { return &Routes{Options: o, jumps: map[string]*fleet.Host{}} }

// Route returns h with its user and port, and with all that is known of the way to it but its keys.
func (r *Routes) Route(ctx context.Context, h fleet.Host) (fleet.Host, error) {
	h.User, h.Port = cmp.Or(h.User, r.User), cmp.Or(h.Port, r.Port)
	return r.route(ctx, h, r.Jump, 0)
}

// common returns the login and the trust of a host, by what its settings have in common with those of others. Mostly that
// is what the host before it had.
func (r *Routes) common(s config.Settings) (login, trust int) {
	s.HostName, s.User, s.Port, s.HostKeyAlias, s.ProxyCommand, s.ProxyJump = "", "", 0, "", "", ""
	if r.last == nil || !reflect.DeepEqual(s, r.last.settings) {
		r.last = &shared{s, r.logins.add(r.wish(s)), r.trusts.add(r.trust(s))}
	}
	return r.last.login, r.last.trust
}

// typed is a host's name as it was typed: patterns in ssh_config tell capitals from small letters.
func typed(h fleet.Host) string {
	if h.Target != "" {
		return h.Target
	}
	label := h.Label[strings.LastIndexByte(h.Label, '@')+1:]
	if i := strings.Index(strings.ToLower(label), h.Name); i >= 0 && i+len(h.Name) <= len(label) {
		return label[i : i+len(h.Name)]
	}
	return h.Name
}

// maxHops bounds how many jump hosts there are on the way to a host.
const maxHops = 8

// route is Route for a host or a jump host, behind the jump hosts that are asked for, where they are.
func (r *Routes) route(ctx context.Context, h fleet.Host, jump string, hops int) (fleet.Host, error) {
	settings := config.Settings{ProxyJump: jump}
	if r.Config != nil {
		var err error
		if settings, err = r.Config.Resolve(ctx, config.Query{Host: typed(h), User: h.User, Port: h.Port, Jump: jump}); err != nil {
			return h, err
		}
	}
	h = h.WithDefaults(cmp.Or(settings.User, r.Me), settings.Port)
	if settings.HostName != "" && settings.HostName != h.SSHName() {
		h.HostName = settings.HostName
	}
	h.KnownAs = strings.ToLower(settings.HostKeyAlias)
	h.Login, h.Trust = r.common(settings)
	h.Proxy = settings.ProxyCommand
	if settings.ProxyJump == "" {
		return h, nil
	}
	if hops == maxHops {
		return h, fmt.Errorf("%s: more than %d jump hosts, or one that is its own", h.Label, maxHops)
	}
	var err error
	h.Via, err = r.via(ctx, settings.ProxyJump, h, hops)
	return h, err
}

// via returns the last of some jump hosts, the first of which is the first on the way. A host that is its own jump host is
// reached without.
func (r *Routes) via(ctx context.Context, spec string, h fleet.Host, hops int) (*fleet.Host, error) {
	before, last := "", spec
	if i := strings.LastIndexByte(spec, ','); i >= 0 {
		before, last = spec[:i], spec[i+1:]
	}
	key := fmt.Sprint(hops, " ", spec)
	via := r.jumps[key]
	if via == nil {
		parsed, err := parseJump(last)
		if err != nil {
			return nil, err
		}
		if parsed.Name == h.SSHName() && cmp.Or(parsed.User, h.User) == h.User && cmp.Or(parsed.Port, h.Port) == h.Port {
			if before == "" {
				return nil, nil
			}
			return r.via(ctx, before, h, hops)
		}
		routed, err := r.route(ctx, parsed, before, hops+1)
		if err != nil {
			return nil, err
		}
		via = &routed
		r.jumps[key] = via
	}
	if via.User == h.User && via.DialAddress() == h.DialAddress() {
		return via.Via, nil
	}
	return via, nil
}

// parseJump reads one jump host: [user@]host[:port], or ssh://[user@]host[:port].
func parseJump(text string) (fleet.Host, error) {
	bad := func() (fleet.Host, error) {
		return fleet.Host{}, fmt.Errorf("jump host %q: not [USER@]HOST[:PORT]", text)
	}
	rest := strings.TrimSuffix(strings.TrimPrefix(text, "ssh://"), "/")
	h := fleet.Host{Label: rest}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		h.User, rest = rest[:i], rest[i+1:]
		if h.User == "" {
			return bad()
		}
	}
	h.Name = rest
	if name, port, err := net.SplitHostPort(rest); err == nil {
		h.Name = name
		if h.Port, err = strconv.Atoi(port); err != nil || h.Port < 1 || h.Port > 65535 {
			return bad()
		}
	}
	h.Name = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(h.Name, "["), "]"))
	if h.Name == "" || h.Name[0] == '-' || strings.HasPrefix(h.User, "-") || strings.ContainsFunc(h.Name+h.User, unfit) || strings.ContainsAny(h.User+h.Name, "'\"`$\\;&<>|(){}") {
		return bad()
	}
	return h, nil
}

// distinct keeps each distinct value once.
type distinct[T any] struct {
	all   []T
	index map[string]int
}

// add returns the index of a value.
func (d *distinct[T]) add(value T) int {
	key := fmt.Sprintf("%#v", value)
	i, known := d.index[key]
	if !known {
		if d.index == nil {
			d.index = map[string]int{}
		}
		i = len(d.all)
		d.index[key] = i
		d.all = append(d.all, value)
	}
	return i
}
