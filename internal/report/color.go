package report

import "muster/internal/fleet"

// tone is a severity, as the SGR code that shows it.
type tone string

const (
	plain tone = ""
	warn  tone = "\x1b[33m" // yellow
	bad   tone = "\x1b[31m" // red
)

// Above these a host is shown in the tone of a warning, or as bad.
const (
	warnLoadPerCPU, badLoadPerCPU   = 1.0, 2.0   // runnable tasks for each CPU
	warnUsedPercent, badUsedPercent = 80.0, 95.0 // of memory
)

// paint returns s, which is clean, in the tone's colour.
func (t tone) paint(s string) string {
	if t == plain || s == "" {
		return s
	}
	return string(t) + s + "\x1b[0m"
}

// severity returns the tone in which the value of a field is to be shown.
func severity(field string, value any) tone {
	switch v := value.(type) {
	case string:
		if field == "status" {
			return statusTone(fleet.Status(v))
		}
	case float64:
		switch field {
		case "load1_per_cpu":
			return grade(v, warnLoadPerCPU, badLoadPerCPU)
		case "mem_used_percent":
			return grade(v, warnUsedPercent, badUsedPercent)
		}
	}
	return plain
}

func statusTone(s fleet.Status) tone {
	switch {
	case s.Unfinished():
		return warn
	case s.Failed():
		return bad
	}
	return plain
}

func grade(value, warnAt, badAt float64) tone {
	switch {
	case value >= badAt:
		return bad
	case value >= warnAt:
		return warn
	}
	return plain
}
