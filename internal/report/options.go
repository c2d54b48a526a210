package report

import (
	"fmt"
	"strings"

	"muster/internal/fleet"
)

// Options choose what a table or csv shows of a Document. The zero value shows all hosts in the order they were given.
type Options struct {
	Fields      []fleet.Field // those that hosts of this run have; none: fleet.ReadingFields
	Open        bool          // hosts may have other fields too, which their records bring
	Sort        string        // a field's json name, and ":desc" for the greatest first; empty: as given
	By          string        // a field's json name, for each value of which there is a row in place of one a host; empty: none
	Top         int           // at most so many hosts, after sorting; 0: all
	Columns     []string      // fields by json name; empty: table's own choice, every field in csv
	SummaryOnly bool          // no rows, and nothing of what commands wrote (for people only)
	Told        bool          // hosts have what a command wrote in place of readings (table only)
	Streamed    bool          // what commands and scripts wrote was shown when they wrote it (table only)
	Tag         bool          // each line of a script says of which chunk it is (table only)
	OnlySaid    bool          // hosts have records of their scripts: groups are shown where there is something else to say (table only)
	Headless    bool          // no header: there is one above (csv only)
	Color       bool          // severity in colour (table only)
	Width       int           // columns of the terminal, which no line exceeds (table only); 0: no limit
	Template    string        // of each host's line (template only)

	wide bool
}

// Check returns an error where o names a field that there is not, so that it can be said before a run begins.
func (o Options) Check() error {
	if _, _, err := o.order(); err != nil {
		return err
	}
	if _, err := o.by(); err != nil {
		return err
	}
	if _, err := o.fields(nil); err != nil {
		return err
	}
	return o.checkTemplate()
}

// fields returns the columns asked for, or else those named in preset.
func (o Options) fields(preset []string) ([]fleet.Field, error) {
	names := o.Columns
	if len(names) == 0 {
		names = preset
	}
	fields := make([]fleet.Field, len(names))
	for i, name := range names {
		f, err := o.field(name)
		if err != nil {
			return nil, fmt.Errorf("columns: %w", err)
		}
		fields[i] = f
	}
	return fields, nil
}

// order returns the field to sort by and whether the greatest comes first. Without one the field is nil.
func (o Options) order() (field *fleet.Field, descending bool, err error) {
	if o.Sort == "" {
		return nil, false, nil
	}
	name, direction, given := strings.Cut(o.Sort, ":")
	if given && direction != "desc" {
		return nil, false, fmt.Errorf("sort %q: want FIELD or FIELD:desc", o.Sort)
	}
	f, err := o.field(name)
	if err != nil {
		return nil, false, fmt.Errorf("sort: %w", err)
	}
	if f.Text() {
		return nil, false, fmt.Errorf("sort: %s has no order", name)
	}
	return &f, direction == "desc", nil
}

// All returns the fields that there are to choose from.
func (o Options) All() []fleet.Field {
	if len(o.Fields) == 0 {
		return fleet.ReadingFields()
	}
	return o.Fields
}

// field finds a field, or suggests the one whose name is nearest.
func (o Options) field(name string) (fleet.Field, error) {
	all := o.All()
	f, ok := fleet.FindField(all, name)
	switch {
	case ok:
		return f, nil
	case o.Open && name != "":
		return fleet.ExtraField(name), nil
	}
	return f, fmt.Errorf("unknown field %q: did you mean %s?", name, fleet.Nearest(all, name).Name)
}
