package fleet

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Field is one named value of an Outcome: what sorting, columns and csv speak of. Its name is the json name.
type Field struct {
	Name      string
	index     []int // nil: a name of Extra
	omitEmpty bool  // a zero is an absent value
}

// ReadingFields lists the fields of the record of a host that was read, in its order.
var ReadingFields = sync.OnceValue(func() []Field { return fieldsWithout("Said", "Watched") })

// WatchedFields lists those of a host that is read again and again.
var WatchedFields = sync.OnceValue(func() []Field { return fieldsWithout("Said") })

// BareFields lists those of the record of a host of which there is no more than how it ended.
var BareFields = sync.OnceValue(func() []Field { return fieldsWithout("Said", "Watched", "Reading") })

// SaidFields lists the fields of the record of a host on which a command ran, in its order.
var SaidFields = sync.OnceValue(func() []Field { return fieldsWithout("Watched", "Reading") })

// FindField finds a field by its name.
func FindField(fields []Field, name string) (Field, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// IsField reports whether some record has a field of that name that is no Extra's.
func IsField(name string) bool {
	_, is := FindField(allFields(), name)
	return is
}

var allFields = sync.OnceValue(func() []Field { return fieldsWithout() })

// ExtraField is a field that only records of a user's own script have.
func ExtraField(name string) Field { return Field{Name: name} }

// fieldsWithout lists the fields of an Outcome but those of some embedded structs.
func fieldsWithout(embedded ...string) []Field {
	outcome := reflect.TypeFor[Outcome]()
	var fields []Field
	for _, f := range reflect.VisibleFields(outcome) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case slices.Contains(embedded, outcome.Field(f.Index[0]).Name):
			continue
		case f.Type == reflect.TypeFor[Text]():
			name = strings.ToLower(f.Name)
		case f.Anonymous || name == "-":
			continue
		}
		fields = append(fields, Field{Name: name, index: f.Index, omitEmpty: options == "omitempty"})
	}
	return fields
}

// Type returns the type that the field has in an Outcome, without its pointer. Names of Extra have float64.
func (f Field) Type() reflect.Type {
	if f.index == nil {
		return reflect.TypeFor[float64]()
	}
	t := reflect.TypeFor[Outcome]().FieldByIndex(f.index).Type
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// Text reports whether the field's values are Texts.
func (f Field) Text() bool { return f.Type() == reflect.TypeFor[Text]() }

// Value returns the field's value in o: a string, bool, int64, float64, time.Time or Text, or nil where it is absent.
func (f Field) Value(o *Outcome) any {
	if f.index == nil {
		if v, ok := o.Extra[f.Name]; ok {
			return v
		}
		return nil
	}
	v := reflect.ValueOf(o).Elem().FieldByIndex(f.index)
	if f.omitEmpty && v.IsZero() {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int64:
		return v.Int()
	case reflect.Float64:
		return v.Float()
	}
	return v.Interface() // a time.Time or Text; nil where there is no Text
}
