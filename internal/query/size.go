package query

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// units are those of sizes, in bytes.
var units = map[string]float64{
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50,
	"kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15,
}

// pieces are what a size may not be looked for in, strings, comments and names, and numbers with the letters behind them.
const pieces = `(?s)"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|` + "`[^`]*`?" + `|//[^\n]*|/\*.*?(?:\*/|$)|[\pL_$][\pL\pN_$]*|` +
	`(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*)?\.?[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?)([\pL_$][\pL\pN_$]*|%)?`

// withoutUnits returns text with a blank for each letter of a unit, so that it is an expression whose places are the same,
// and by what to multiply the numbers, by where they begin, in runes.
func withoutUnits(text string) (string, map[int]float64, error) {
	factors := map[int]float64{}
	plain := []byte(text)
	for _, at := range regexp.MustCompile(pieces).FindAllStringSubmatchIndex(text, -1) {
		number, unit := at[2], at[4]
		if unit < 0 {
			continue
		}
		begin, name := utf8.RuneCountInString(text[:number]), text[unit:at[5]]
		factor, ok := units[name]
		switch {
		case name == "%":
			return "", nil, mistakef(begin+unit-number, "there is no sign for percent: fields in percent are numbers, mem_used_percent > 90")
		case !ok:
			return "", nil, mistakef(begin+unit-number, "unknown unit %q: GiB is 2^30 bytes, GB 10^9, and there are K, M, T and P", name)
		}
		factors[begin] = factor
		copy(plain[unit:], strings.Repeat(" ", len(name)))
	}
	return string(plain), factors, nil
}
