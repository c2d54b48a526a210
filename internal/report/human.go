package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"muster/internal/fleet"
)

// Bytes returns n in binary units with one decimal: 62.8 GiB. n is not negative.
func Bytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n)/1024, 0
	for value >= 1023.95 { // which would round to 1024.0
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTPE"[unit])
}

// Duration returns d in its two greatest units, 3d4h, 4h12m or 12m5s, or below a minute as 8.2s or 34ms.
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "-" + Duration(-max(d, -math.MaxInt64)) // the least Duration has no opposite
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d < day:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
}

// duration turns a number of units into a Duration, the nearest there is where it does not fit.
func duration(n float64, unit time.Duration) time.Duration {
	n *= float64(unit)
	switch {
	case n >= math.MaxInt64:
		return math.MaxInt64
	case n <= math.MinInt64:
		return math.MinInt64
	}
	return time.Duration(n)
}

// heading names a field above its column: without its unit, which the cells show.
func heading(f fleet.Field) string {
	name := strings.Replace(f.Name, "_per_", "/", 1)
	for _, unit := range []string{"_bytes", "_seconds", "_ms"} {
		name = strings.TrimSuffix(name, unit)
	}
	if short, ok := strings.CutSuffix(name, "_percent"); ok {
		return short + "%"
	}
	return name
}

// readable returns a value of field f for people; its unit is in the field's name. An absent value is "-".
func readable(f fleet.Field, value any) string {
	switch v := value.(type) {
	case string:
		return v
	case fleet.Text:
		return firstLine(v)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case int64:
		if strings.HasSuffix(f.Name, "_bytes") {
			return Bytes(v)
		}
		return strconv.FormatInt(v, 10)
	case float64:
		switch {
		case strings.HasSuffix(f.Name, "_seconds"):
			return Duration(duration(v, time.Second))
		case strings.HasSuffix(f.Name, "_ms"):
			return Duration(duration(v, time.Millisecond))
		case strings.HasSuffix(f.Name, "_percent"):
			return strconv.FormatFloat(v, 'f', 1, 64) + "%"
		}
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return "-"
}

// firstLine is the first line of a text, and whether there are more.
func firstLine(t fleet.Text) string {
	text, err := t.Bytes()
	if err != nil {
		return err.Error()
	}
	line, rest, _ := strings.Cut(string(text), "\n")
	if rest != "" {
		line += " " + ellipsis
	}
	return line
}
