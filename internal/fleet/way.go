package fleet

// Way is how a host is reached and logged in to, as far as the parent knows: package sshconf says what of.
type Way struct {
	Target    string `json:"target,omitzero"`    // what ssh and ssh_config are asked about, where an inventory says so; empty: the host's name
	HostName  string `json:"host_name,omitzero"` // what to dial; empty: what ssh_config is asked about
	KnownAs   string `json:"known_as,omitzero"`  // the name of its host key; empty: that of what is dialled, with the port
	Pins      []Key  `json:"pins,omitzero"`      // host keys known for it beforehand; any other key is asked about
	Certified bool   `json:"certified,omitzero"` // some authority may certify its host key
	Trust     int    `json:"trust,omitzero"`     // which of the run's trusts judges its host key
	Login     int    `json:"login,omitzero"`     // which of the run's logins is its
	Via       *Host  `json:"via,omitzero"`       // the jump host that connects to it; nil: none
	Proxy     string `json:"proxy,omitzero"`     // a command that connects to it, for the user's shell; empty: none
}

// Key is a public key in the SSH wire format (RFC 4253, section 6.6).
type Key []byte

// Way returns what is known of the way to h.
func (h Host) Way() Way {
	if h.Shared == nil {
		return Way{}
	}
	return *h.Shared
}

// Along returns h with another way, which it shares with no other host.
func (h Host) Along(w Way) Host {
	h.Shared = &w
	return h
}

// Via is the jump host that connects to h; nil: none.
func (h Host) Via() *Host { return h.Way().Via }
