// Package fleet holds the nouns that every part of muster shares: a host, what was read from it, how it ended, and the
// events a worker reports about it. It knows no technology: nothing here dials, forks, prints or parses.
package fleet

import (
	"net"
	"strconv"
	"strings"
)

// DefaultPort is the port a Host without one is dialled on.
const DefaultPort = 22

// Host is one computer to visit.
type Host struct {
	Num   int    `json:"num"`            // numbers a feed to a worker; anew each time the host is fed
	Label string `json:"label"`          // the first spelling in the list, as reports show it
	User  string `json:"user,omitzero"`  // empty: the run's default
	Name  string `json:"name"`           // lower-cased name or bare address, without brackets
	Port  int    `json:"port,omitzero"`  // 0: the run's default
	Local bool   `json:"local,omitzero"` // this machine, read without a connection
	Pins  []Key  `json:"pins,omitzero"`  // host keys known for it beforehand; any other key is asked about
}

// Key is a public key in the SSH wire format (RFC 4253, section 6.6).
type Key []byte

// WithDefaults returns h with an empty user and port replaced, the form in which two spellings of one host are equal.
func (h Host) WithDefaults(user string, port int) Host {
	if h.User == "" {
		h.User = user
	}
	if h.Port == 0 {
		h.Port = port
	}
	if h.Port == 0 {
		h.Port = DefaultPort
	}
	return h
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
func (h Host) Address() string {
	port := h.Port
	if port == 0 {
		port = DefaultPort
	}
	return net.JoinHostPort(h.Name, strconv.Itoa(port))
}

// KnownName is the name under which known_hosts has the host: its name, or [name]:port where the port is another than 22.
func (h Host) KnownName() string {
	if h.Port == 0 || h.Port == DefaultPort {
		return h.Name
	}
	return "[" + h.Name + "]:" + strconv.Itoa(h.Port)
}
