package report

// Threshold says what became of one rule over the hosts, or over the fleet as a whole.
type Threshold struct {
	Rule    string   `json:"rule"`  // as the user wrote it
	Level   string   `json:"level"` // fail, or warn
	Crossed bool     `json:"crossed"`
	Hosts   []string `json:"hosts,omitempty"` // labels of those that crossed it, in the order given; nil: a rule over the fleet

	// Values is what the functions over the fleet came to, by how they stand in the rule. One that no host gave a figure for
	// is not there.
	Values map[string]float64 `json:"values,omitempty"`
}

// Levels of a Threshold.
const (
	LevelFail = "fail" // crossed, it makes an exit code
	LevelWarn = "warn"
)
