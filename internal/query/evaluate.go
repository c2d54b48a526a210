package query

import (
	"fmt"
	"reflect"
	"time"

	"github.com/expr-lang/expr/vm"

	"muster/internal/fleet"
)

// evaluation evaluates programs, one after another.
type evaluation struct {
	env     map[string]any // by name; what has no value is not there
	seen    map[string]bool
	machine vm.VM
}

// set gives a name a value; nil: none.
func (e *evaluation) set(name string, value any) {
	e.env[presence(name)] = value != nil
	if value == nil {
		delete(e.env, name)
		return
	}
	e.env[name] = value
}

// enter gives the names that p reads the values of a host.
func (e *evaluation) enter(p program, host *fleet.Outcome) error {
	for _, f := range p.reads {
		value, err := valueOf(f, host)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		e.set(f.Name, value)
		e.seen[f.Name] = e.seen[f.Name] || value != nil
	}
	return nil
}

// matching lists the hosts of which a condition holds.
func (e *evaluation) matching(p program, hosts []*fleet.Outcome) (found []int, err error) {
	for i, h := range hosts {
		holds, err := e.holds(p, h)
		if err != nil {
			return nil, fmt.Errorf("host %s: %w", h.Host, err)
		}
		if holds {
			found = append(found, i)
		}
	}
	return found, nil
}

// holds reports whether a condition holds of a host, or of the fleet where it reads no field.
func (e *evaluation) holds(p program, host *fleet.Outcome) (bool, error) {
	if err := e.enter(p, host); err != nil {
		return false, err
	}
	value, err := e.run(p)
	holds, _ := value.(bool)
	return holds, err
}

// number returns a host's value; false: it has none, or none that is a number.
func (e *evaluation) number(p program, host *fleet.Outcome) (float64, bool, error) {
	if err := e.enter(p, host); err != nil {
		return 0, false, err
	}
	for _, name := range p.wanted {
		if _, there := e.env[name]; !there {
			return 0, false, nil
		}
	}
	value, err := e.run(p)
	number, _ := value.(float64)
	return number, finite(number), err
}

// run evaluates p over what was entered.
func (e *evaluation) run(p program) (any, error) {
	value, err := e.machine.Run(p.code, e.env)
	if err != nil {
		return nil, plainly(err)
	}
	return value, nil
}

var timeType = reflect.TypeFor[time.Time]()

// valueOf is a host's value as expressions see it: see exampleOf. A time is as in json, of a text there is what was kept.
func valueOf(f fleet.Field, host *fleet.Outcome) (any, error) {
	switch v := f.Value(host).(type) {
	case int64:
		return float64(v), nil
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case fleet.Text:
		text, err := v.Bytes()
		return string(text), err
	default:
		return v, nil
	}
}
