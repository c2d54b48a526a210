// Package simulate is a fleet of SSH hosts on the loopback device, healthy or with faults of many kinds: what demo
// collects from, and what the tests do.
//
//	Config ──► spread: which host has which fault
//	       ──► sockets: an address for each host
//	       ──► serve, once a connection:  misbehave (faults that come before SSH)
//	                                      handshake ──► session ──► answer, from reading(seed, host)
package simulate

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/internal/fleet"
)

// MaxHosts bounds a fleet by the addresses of 127/8 that it can have.
const MaxHosts = 254 * 256 * 254

// Config describes a fleet.
type Config struct {
	Hosts   int           // how many, from 1 to MaxHosts
	Latency time.Duration // what each round trip after the connection's first costs more
	Faults  []Fault       // which hosts are not healthy; the rest are
	Seed    uint64        // equal seeds give equal readings and equally spread faults
	Poison  bool          // allow the kind Poison, which is for test builds only
}

// Host is one host of a fleet as those who visit it should find it.
type Host struct {
	Label   string        // its address and port, as hostfiles have it
	Fault   Kind          // empty: healthy
	Reading fleet.Reading // what it answers; the clock's offset is what a visit measures only nearly
}

// Fleet is a running fleet. It serves any number of connections at once, each with as many sessions as the client
// wants, until Close.
type Fleet struct {
	config  Config
	keys    keys
	allowed []byte // the client's public key
	sockets *sockets
	hosts   []host
	index   map[netip.AddrPort]int

	started time.Time
	stopped chan struct{} // closed by Close
	running sync.WaitGroup
	mu      sync.Mutex
	conns   map[net.Conn]int // to the host they lead to; nil once stopped

	accepted int          // connections
	down     map[int]bool // hosts that are away
}

// host is kept small: a fleet may have many thousands.
type host struct {
	kind   Kind
	config atomic.Pointer[ssh.ServerConfig] // made at its first connection
}

// Start starts a fleet. Close must be called once later to end it.
func Start(config Config) (*Fleet, error) { return start(config, listen) }

func start(config Config, listen func([]Kind) (*sockets, error)) (*Fleet, error) {
	if config.Hosts < 1 || config.Hosts > MaxHosts {
		return nil, fmt.Errorf("simulate: %d hosts: from 1 to %d", config.Hosts, MaxHosts)
	}
	for _, fault := range config.Faults {
		if fault.Kind == Poison && !config.Poison {
			return nil, fmt.Errorf("simulate: %s is for test builds only", Poison)
		}
	}
	kinds, err := spread(config.Hosts, config.Faults, config.Seed)
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	f := &Fleet{
		config:  config,
		keys:    newKeys(),
		hosts:   make([]host, config.Hosts),
		index:   make(map[netip.AddrPort]int, config.Hosts),
		started: time.Now(),
		stopped: make(chan struct{}),
		conns:   make(map[net.Conn]int),
	}
	allowed, err := public(f.keys.client())
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	f.allowed = allowed.Marshal()
	if f.sockets, err = listen(kinds); err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	for i, kind := range kinds {
		f.hosts[i].kind = kind
		f.index[f.sockets.addresses[i]] = i
	}
	for _, l := range f.sockets.listeners {
		f.running.Go(func() { f.accept(l) })
	}
	return f, nil
}

// Hosts lists the fleet's hosts, with what each answers.
func (f *Fleet) Hosts() []Host {
	hosts := make([]Host, len(f.hosts))
	for i := range hosts {
		hosts[i] = Host{Label: f.sockets.addresses[i].String(), Fault: f.hosts[i].kind, Reading: f.reading(i)}
	}
	return hosts
}

func (f *Fleet) reading(i int) fleet.Reading {
	r := reading(f.config.Seed, i)
	if f.hosts[i].kind == Poison {
		r.Kernel = string(Poison)
	}
	return r
}

// Close cuts every connection off and returns once all that the fleet started has ended. It may be called again.
func (f *Fleet) Close() error {
	f.mu.Lock()
	if f.conns == nil {
		f.mu.Unlock()
		f.running.Wait()
		return nil
	}
	close(f.stopped)
	for conn := range f.conns {
		conn.Close()
	}
	f.conns = nil
	f.mu.Unlock()
	err := f.sockets.Close()
	f.running.Wait()
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	return nil
}
