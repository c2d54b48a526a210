package script

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"muster/internal/fleet"
)

// readings are where the fields of a fleet.Reading are, by their json names.
var readings = sync.OnceValue(func() map[string][]int {
	indexes := map[string][]int{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[fleet.Reading]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "-" {
			indexes[name] = f.Index
		}
	}
	return indexes
})

var (
	errNumber   = errors.New("no number")
	errWhole    = errors.New("no whole number from 0 to 2^63-1")
	errNegative = errors.New("negative")
)

// setReading gives a field of a Reading its value. Its numbers are at least 0, but for the clock's offset.
func setReading(r *fleet.Reading, index []int, value any) error {
	field := reflect.ValueOf(r).Elem().FieldByIndex(index)
	if field.Kind() == reflect.String {
		return setText(field.Addr().Interface().(*string), value)
	}
	if b, ok := value.(bool); ok && field.Type().Elem().Kind() == reflect.Bool {
		field.Set(reflect.ValueOf(&b))
		return nil
	}
	number, ok := value.(json.Number)
	if !ok {
		return errNumber
	}
	switch p := field.Addr().Interface().(type) {
	case **int, **int64:
		n, whole := wholeNumber(number)
		if !whole {
			return errWhole
		}
		field.Set(reflect.New(field.Type().Elem()))
		field.Elem().SetInt(n)
	case **float64:
		v, err := number.Float64()
		switch {
		case err != nil:
			return errNumber
		case v < 0 && p != &r.ClockOffsetMS:
			return errNegative
		}
		*p = &v
	default:
		return errNumber
	}
	return nil
}

// wholeNumber reads a number from 0 to 2^63-1 however it is written: some writers of json have 8.0 for 8.
func wholeNumber(number json.Number) (int64, bool) {
	if n, err := strconv.ParseInt(number.String(), 10, 64); err == nil {
		return n, n >= 0
	}
	v, err := number.Float64()
	if err != nil || v < 0 || v >= math.MaxInt64 || v != math.Trunc(v) {
		return 0, false
	}
	return int64(v), true
}

// complete works out what follows from the rest, where the record leaves it out.
func complete(r *fleet.Reading) {
	if r.Load1PerCPU == nil && r.Load1 != nil && r.CPUs != nil && *r.CPUs > 0 {
		r.Load1PerCPU = new(*r.Load1 / float64(*r.CPUs))
	}
	if r.MemUsedBytes == nil && r.MemTotalBytes != nil && r.MemAvailableBytes != nil {
		r.MemUsedBytes = new(max(*r.MemTotalBytes-*r.MemAvailableBytes, 0))
	}
	if r.MemUsedPercent == nil {
		r.MemUsedPercent = percent(r.MemUsedBytes, r.MemTotalBytes)
	}
	if r.SwapUsedPercent == nil {
		r.SwapUsedPercent = percent(r.SwapUsedBytes, r.SwapTotalBytes)
	}
}

func percent(part, whole *int64) *float64 {
	if part == nil || whole == nil || *whole == 0 {
		return nil
	}
	return new(100 * float64(*part) / float64(*whole))
}
