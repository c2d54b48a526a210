package fleet

// HostKey is the question a worker asks when a host shows a key that is not among its pins.
type HostKey struct {
	Num   int      `json:"num"`          // the host's feed; of those that wait for a jump host, one's
	Hop   string   `json:"hop,omitzero"` // the label of the jump host that showed the key; empty: the host itself
	Names []string `json:"names"`        // under which to look it up, known_hosts form: name or [name]:port
	Key   Key      `json:"key"`
}

// Decision is the parent's answer about a host key.
type Decision string

// Accept and Tolerate are the only decisions under which a connection goes on. Every error on the way to a decision is a
// refusal.
const (
	Accept      Decision = "accept"
	Tolerate    Decision = "tolerate" // another key is known for this name, which the user does not mind: send no password
	Changed     Decision = "changed"  // another key is known for this name
	Revoked     Decision = "revoked"
	Unknown     Decision = "unknown"     // no key is known for this name
	Certificate Decision = "certificate" // a certificate is no good, and its key not known either
	Redial      Decision = "redial"      // keys of another type are known: connect again, asking for those
)

// Verdict is a decision about a host key with its reason.
type Verdict struct {
	Decision Decision `json:"decision"`
	Keys     []Key    `json:"keys,omitzero"`   // with Redial: what is known
	Reason   string   `json:"reason,omitzero"` // for the host's error: fingerprints, file and line
}
