package simulate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kind names what is wrong with a simulated host. The empty kind is a healthy host.
type Kind string

// The kinds of fault, in the order in which a visit meets them.
const (
	Refuse       Kind = "refuse"        // its port is bound and never listened on
	Close        Kind = "close"         // hangs up as soon as it is connected to
	Silent       Kind = "silent"        // accepts, and says nothing
	BannerStall  Kind = "banner-stall"  // stops in the middle of its version
	BannerDrip   Kind = "banner-drip"   // sends a byte now and then, and never a version
	NotSSH       Kind = "not-ssh"       // answers as a web server does
	KexStall     Kind = "kex-stall"     // says its version, and nothing more
	WrongKey     Kind = "wrong-key"     // shows another host key than known_hosts has
	AuthRefuse   Kind = "auth-refuse"   // accepts nobody's key
	SessionStall Kind = "session-stall" // never answers the request for a session
	ExecStall    Kind = "exec-stall"    // never answers the request to run a command
	Exit         Kind = "exit"          // its command ends with status 7
	Endless      Kind = "endless"       // floods its standard output until it is cut off
	Garbage      Kind = "garbage"       // prints anything but what it was asked for
	Escape       Kind = "escape"        // prints control characters in every field
	Reset        Kind = "reset"         // resets the connection midway through its output
	Slow         Kind = "slow"          // answers as a healthy host, after two seconds
	Poison       Kind = "poison"        // says that its kernel is "poison", at which test builds of the worker crash
)

// Kinds lists every kind of fault.
func Kinds() []Kind {
	return []Kind{
		Refuse, Close, Silent, BannerStall, BannerDrip, NotSSH, KexStall, WrongKey, AuthRefuse, SessionStall, ExecStall,
		Exit, Endless, Garbage, Escape, Reset, Slow, Poison,
	}
}

// Fault says how many hosts have a fault: Count of them, or, where Percent is not 0, that share of all, rounded down
// but at least one.
type Fault struct {
	Kind    Kind
	Count   int
	Percent float64
}

// ParseFaults reads KIND=N|N%[,…], where a number is at least 0 and a percentage at most 100. Empty text is no fault.
func ParseFaults(text string) ([]Fault, error) {
	if text == "" {
		return nil, nil
	}
	var faults []Fault
	for part := range strings.SplitSeq(text, ",") {
		name, amount, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Errorf("faults: %q is not KIND=N or KIND=N%%", part)
		}
		fault := Fault{Kind: Kind(name)}
		if !slices.Contains(Kinds(), fault.Kind) {
			return nil, fmt.Errorf("faults: unknown kind %q: there are %s", name, kindList())
		}
		if slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind == fault.Kind }) {
			return nil, fmt.Errorf("faults: %s is named twice", name)
		}
		if fault.Count, fault.Percent, ok = parseAmount(amount); !ok {
			return nil, fmt.Errorf("faults: %s: %q is neither a number nor a percentage", name, amount)
		}
		faults = append(faults, fault)
	}
	return faults, nil
}

// parseAmount reads N or N%.
func parseAmount(text string) (count int, percent float64, ok bool) {
	if share, ok := strings.CutSuffix(text, "%"); ok {
		percent, err := strconv.ParseFloat(share, 64)
		return 0, percent, err == nil && percent >= 0 && percent <= 100
	}
	count, err := strconv.Atoi(text)
	return count, 0, err == nil && count >= 0
}

// kindList names the kinds that anybody may ask for.
func kindList() string {
	var names []string
	for _, k := range Kinds() {
		if k != Poison {
			names = append(names, string(k))
		}
	}
	return strings.Join(names, ", ")
}

// of returns how many of n hosts have the fault.
func (f Fault) of(n int) int {
	if f.Percent == 0 {
		return f.Count
	}
	return max(1, int(math.Floor(float64(n)*f.Percent/100)))
}
