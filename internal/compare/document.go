package compare

// Schema names the form of a Document in json.
const Schema = "muster.compare/1"

// The differences that there can be between an arm and its baseline.
const (
	Faster    = "faster"
	Slower    = "slower"
	NoneShown = "none shown"
)

// Document is what came of a comparison.
type Document struct {
	Schema    string   `json:"schema"`
	Machine   Machine  `json:"machine"`
	Workload  Workload `json:"workload"`
	Rounds    int      `json:"rounds"` // that were completed
	Seed      uint64   `json:"seed"`
	Baseline  string   `json:"baseline"` // the name, without its kind, of the arm that others are held against
	Arms      []Result `json:"arms"`     // in the order of the design
	Verdict   []string `json:"verdict"`
	Recommend string   `json:"recommend"` // the options to use; empty: nothing can be said
	Warnings  []string `json:"warnings"`
}

// Result is what the samples of one arm say. Times are seconds of wall clock.
type Result struct {
	Arm
	InFlight int      `json:"in_flight"`
	Samples  []Sample `json:"samples"` // in the order in which they were taken

	Median float64  `json:"median_wall_seconds"`
	Low    *float64 `json:"low_wall_seconds,omitempty"` // the interval of the median; nil: too few samples for one
	High   *float64 `json:"high_wall_seconds,omitempty"`

	// The baseline's median over the arm's: 4 means four times as fast. All are absent where the two cannot be compared,
	// and of the baseline itself.
	Ratio      *float64 `json:"ratio,omitempty"`
	RatioLow   *float64 `json:"ratio_low,omitempty"`
	RatioHigh  *float64 `json:"ratio_high,omitempty"`
	P          *float64 `json:"p_value,omitempty"`    // corrected for the number of arms
	Difference string   `json:"difference,omitempty"` // Faster, Slower or NoneShown
	Refused    string   `json:"refused,omitempty"`    // why it cannot be compared
}
