package report

import (
	"math"
	"strconv"
	"strings"
)

// Seconds returns a time in seconds with three significant digits: 1.23s, 34.5ms, 120µs.
func Seconds(s float64) string {
	switch size := math.Abs(s); {
	case size < 0.9995e-3 && size > 0:
		return significant(s*1e6) + "µs"
	case size < 0.9995 && size > 0:
		return significant(s*1e3) + "ms"
	}
	return significant(s) + "s"
}

// significant returns v with three significant digits, with more where its integer part has more.
func significant(v float64) string {
	if size := math.Abs(v); size >= 1e15 || size < 1e-6 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	_, e, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
	exponent, _ := strconv.Atoi(e) // 0 of what is not a number
	return strconv.FormatFloat(v, 'f', max(0, 2-exponent), 64)
}
