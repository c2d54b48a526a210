// Package query evaluates what users ask of hosts in expressions: a condition over the fields of each host, such as
// load1_per_cpu > 2, or over functions of the whole fleet, such as p95(load1_per_cpu) > 1.5.
//
//	text ─► sizes ─► parse (expr) ─► read ─► check ─► guard ─► compile (expr)
//
// An expression has no loops, calls nothing but the functions of the fleet, and takes time and memory that its length
// bounds.
package query

import (
	"fmt"

	"github.com/expr-lang/expr/vm"

	"muster/internal/fleet"
)

// Rule is a condition, compiled. It must not be used by several goroutines at once.
type Rule struct {
	text      string
	functions []function // those inside of others first
	condition program
	perHost   bool     // some field stands outside of all functions
	unchecked []string // names that are no field's, but may be a record's
}

// Verdict is what a rule says of hosts.
type Verdict struct {
	Holds  bool               // of the fleet, or of some host
	Hosts  []int              // those of which it holds, where it is over each host
	Values map[string]float64 // what its functions came to, as they stand in it; one that no host gave a figure for is not there
	Unseen []string           // names in it that are no field's, and that no host had
}

func (r *Rule) String() string { return r.text }

// PerHost reports whether the rule holds of each host by itself, and not of the fleet as a whole.
func (r *Rule) PerHost() bool { return r.perHost }

// Judge evaluates the rule over hosts, which are all there are. What a host, or the fleet, has no value for makes no
// condition true, be it negated or not.
func (r *Rule) Judge(hosts []*fleet.Outcome) (Verdict, error) {
	e := &evaluation{env: map[string]any{}, seen: map[string]bool{}, machine: vm.VM{MemoryBudget: mostMemory}}
	v := Verdict{Values: map[string]float64{}}
	for _, f := range r.functions {
		value, ok, err := f.over(e, hosts)
		if err != nil {
			return v, fmt.Errorf("%q: %w", r.text, err)
		}
		if e.set(f.slot, nil); ok {
			e.set(f.slot, value)
			v.Values[f.text] = value
		}
	}
	var err error
	if r.perHost {
		v.Hosts, err = e.matching(r.condition, hosts)
		v.Holds = len(v.Hosts) > 0
	} else {
		v.Holds, err = e.holds(r.condition, nil)
	}
	if err != nil {
		return v, fmt.Errorf("%q: %w", r.text, err)
	}
	for _, name := range r.unchecked {
		if !e.seen[name] {
			v.Unseen = append(v.Unseen, name)
		}
	}
	return v, nil
}
