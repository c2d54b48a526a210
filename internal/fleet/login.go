package fleet

// Login is how some hosts of a run are logged in to. Lists that are nil are the SSH library's own choice.
type Login struct {
	Offers  []int    `json:"offers,omitzero"`  // keys in the order in which they are offered: indexes of identities, and AgentKeys
	Agent   string   `json:"agent,omitzero"`   // socket of the agent; empty: none
	Methods []string `json:"methods,omitzero"` // of authentication, in the order in which they are tried; nil: MethodKeys and those after it

	KeyExchanges      []string `json:"key_exchanges,omitzero"`
	Ciphers           []string `json:"ciphers,omitzero"`
	MACs              []string `json:"macs,omitzero"`
	HostKeyAlgorithms []string `json:"host_key_algorithms,omitzero"`
	KeyAlgorithms     []string `json:"key_algorithms,omitzero"` // that keys may sign with

	ConnectTimeoutMS int64  `json:"connect_timeout_ms,omitzero"` // for all that comes before the command; 0: the job's
	KeepAliveMS      int64  `json:"keep_alive_ms,omitzero"`      // after which a silent host is asked whether it is there; 0: a default; < 0: never
	KeepAlives       int    `json:"keep_alives,omitzero"`        // how many of those it may leave unanswered; 0: a default
	Family           string `json:"family,omitzero"`             // "4" or "6": addresses of that family only
	Bind             string `json:"bind,omitzero"`               // the local address; empty: any
}

// AgentKeys stands among the offers for all keys of the agent's that no other offer names.
const AgentKeys = -1

// Methods of authentication.
const (
	MethodKeys        = "publickey"
	MethodInteractive = "keyboard-interactive" // answered with the password
	MethodPassword    = "password"
)

// Identity is a key that hosts may be offered.
type Identity struct {
	Private     Secret `json:"private,omitzero"`     // PEM, not encrypted; empty: an agent signs with the key
	Public      Key    `json:"public,omitzero"`      // where an agent signs
	Certificate Key    `json:"certificate,omitzero"` // what is offered in the key's place; empty: the key itself
}
