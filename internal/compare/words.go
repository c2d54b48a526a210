package compare

import (
	"fmt"
	"slices"
	"strings"
)

// seconds writes a time of three digits or so: 3.4ms, 34ms, 0.34s, 1.20s, 34.0s, 340s.
func seconds(s float64) string {
	switch {
	case s >= 100:
		return fmt.Sprintf("%.0fs", s)
	case s >= 10:
		return fmt.Sprintf("%.1fs", s)
	case s >= 0.1:
		return fmt.Sprintf("%.2fs", s)
	case s >= 0.01:
		return fmt.Sprintf("%.0fms", 1000*s)
	}
	return fmt.Sprintf("%.1fms", 1000*s)
}

// size writes memory of two digits or more: 7.3 MiB, 73 MiB, 1.2 GiB.
func size(n float64) string {
	const mib = 1 << 20
	switch {
	case n >= 1024*mib:
		return fmt.Sprintf("%.1f GiB", n/(1024*mib))
	case n >= 10*mib:
		return fmt.Sprintf("%.0f MiB", n/mib)
	}
	return fmt.Sprintf("%.1f MiB", n/mib)
}

// factor writes a ratio that is shown to be other than 1, and its interval: "9.8×", " (9.1–10.4)", with as few decimals, up
// to three, as tell all of it from 1 and, up to two, its ends from each other.
func (h held) factor() (ratio, interval string) {
	decimals := 1
	if h.ratio >= 100 {
		decimals = 0
	}
	for ; ; decimals++ {
		write := func(x float64) string { return fmt.Sprintf("%.*f", decimals, x) }
		one, low, high := write(1), write(h.low), write(h.high)
		ratio = write(h.ratio)
		if h.bounded {
			interval = fmt.Sprintf(" (%s–%s)", low, high)
		}
		clear := ratio != one && (!h.bounded || low != one && high != one && (low != high || decimals == 2))
		if clear || decimals == 3 {
			return ratio + "×", interval
		}
	}
}

// list joins words: "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func count(n int, one, many string) string {
	return fmt.Sprintf("%d %s", n, verb(n == 1, one, many))
}

func verb(singular bool, one, many string) string {
	if singular {
		return one
	}
	return many
}

// does chooses the word that goes with the arm: hybrid holds, processes hold.
func (r *Result) does(one, many string) string {
	return verb(!strings.HasSuffix(r.Strategy, "s"), one, many)
}

// addNew appends those of more that are not in texts.
func addNew(texts, more []string) []string {
	for _, text := range more {
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}
