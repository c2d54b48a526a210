package fleet

import (
	"reflect"
	"strings"
	"sync"
	"time"
)

// Field is one named value of an Outcome: what sorting, columns and csv speak of. Its name is the json name.
type Field struct {
	Name      string
	index     []int
	omitEmpty bool // a zero is an absent value
}

// Fields lists the fields of an Outcome in the order of its json record.
var Fields = sync.OnceValue(func() []Field {
	var fields []Field
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Outcome]()) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" {
			continue
		}
		fields = append(fields, Field{Name: name, index: f.Index, omitEmpty: options == "omitempty"})
	}
	return fields
})

// FieldByName finds a field by its json name.
func FieldByName(name string) (Field, bool) {
	for _, f := range Fields() {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Value returns the field's value in o: a string, bool, int64, float64 or time.Time, or nil where it is absent.
func (f Field) Value(o *Outcome) any {
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
	return v.Interface().(time.Time)
}
