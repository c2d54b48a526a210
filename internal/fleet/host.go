// Package fleet holds the nouns that every part of muster shares: a host, what was read from it, how it ended, and the
// events a worker reports about it. It knows no technology: nothing here dials, forks, prints or parses.
package fleet

import (
	"cmp"
	"net"
	"strconv"
	"strings"
)

// DefaultPort is the port a Host without one is dialled on.
const DefaultPort = 22

// Host is one computer to visit. There may be a million of them in a list: what hosts have in common is apart.
type Host struct {
	Num    int    `json:"num"`            // numbers a feed to a worker; anew each time the host is fed
	Label  string `json:"label"`          // the first spelling in the list, as reports show it
	User   string `json:"user,omitzero"`  // empty: the run's default
	Name   string `json:"name"`           // lower-cased name or bare address, without brackets
	Port   int    `json:"port,omitzero"`  // 0: the run's default
	Local  bool   `json:"local,omitzero"` // this machine, read without a connection
	Shared *Way   `json:",embed"`         // hosts that are reached alike have one, which nobody changes; nil: a zero Way. Read it by Way
}

// WithDefaults returns h with an empty user and port replaced, the form in which two spellings of one host are equal.
func (h Host) WithDefaults(user string, port int) Host {
	if h.User == "" {
		h.User = user
	}
	h.Port = cmp.Or(h.Port, port, DefaultPort)
	return h
}

// Server is the host itself where hop is empty, else the jump host of that label on the way to it; false: there is none.
func (h Host) Server(hop string) (Host, bool) {
	if hop == "" {
		return h, true
	}
	for via := h.Via(); via != nil; via = via.Via() {
		if via.Label == hop {
			return *via, true
		}
	}
	return Host{}, false
}

// ID identifies a host after defaults: user@name:port, or "local".
func (h Host) ID() string {
	if h.Local {
		return "local"
	}
	var b strings.Builder
	if h.User != "" {
		b.WriteString(h.User)
		b.WriteByte('@')
	}
	b.WriteString(h.Address())
	return b.String()
}

// Address is name:port, with brackets where the name is an IPv6 address.
func (h Host) Address() string { return net.JoinHostPort(h.Name, strconv.Itoa(h.port())) }

// SSHName is what ssh is asked to connect to.
func (h Host) SSHName() string { return cmp.Or(h.Way().Target, h.Name) }

// DialName is the name or address that is dialled.
func (h Host) DialName() string { return cmp.Or(h.Way().HostName, h.SSHName()) }

// DialAddress is what is dialled: name:port, as Address has it.
func (h Host) DialAddress() string { return net.JoinHostPort(h.DialName(), strconv.Itoa(h.port())) }

// KnownName is the name under which known_hosts has the host: what is dialled, or [name]:port where the port is another
// than 22. An alias has no port.
func (h Host) KnownName() string {
	alias := h.Way().KnownAs
	switch {
	case alias != "":
		return alias
	case h.port() == DefaultPort:
		return h.DialName()
	}
	return "[" + h.DialName() + "]:" + strconv.Itoa(h.port())
}

func (h Host) port() int { return cmp.Or(h.Port, DefaultPort) }
