package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// optionClass says what becomes of an option.
type optionClass struct {
	alias string // the name that it has today
	raw   bool   // its value is the rest of the line, as it is
	// check says what is wrong with its words; nil: it is not honoured, and its words may be any.
	check func(words []string) error
	many  bool // each value counts, not only the first
	// unless is the one value that is honoured of an option that is not, in lower case; with any other there is a note.
	unless string
}

// options are those that there are. What is in none of these lines is a newer ssh's, or another's, and is noted.
var options = map[string]*optionClass{
	"hostname": {check: one(anything)}, "port": {check: one(port)}, "user": {check: one(anything)}, "hostkeyalias": {check: one(anything)},
	"addressfamily": {check: one(of("any", "inet", "inet6"))}, "bindaddress": {check: one(anything)},
	"identityfile": {check: one(anything), many: true}, "certificatefile": {check: one(anything), many: true}, "identitiesonly": {check: one(yesNo)},
	"identityagent": {check: one(anything)}, "proxyjump": {raw: true, check: one(anything)}, "proxycommand": {raw: true, check: one(anything)},
	"userknownhostsfile": {check: several}, "globalknownhostsfile": {check: several}, "revokedhostkeys": {check: one(anything)},
	"stricthostkeychecking": {check: one(of("yes", "no", "ask", "off", "accept-new", "true", "false"))},
	"hostkeyalgorithms":     {check: one(anything)}, "casignaturealgorithms": {check: one(anything)}, "kexalgorithms": {check: one(anything)},
	"ciphers": {check: one(anything)}, "macs": {check: one(anything)}, "pubkeyacceptedalgorithms": {check: one(anything)},
	"preferredauthentications": {check: one(anything)}, "pubkeyauthentication": {check: one(of("yes", "no", "true", "false", "unbound", "host-bound"))},
	"passwordauthentication": {check: one(yesNo)}, "kbdinteractiveauthentication": {check: one(yesNo)},
	"connecttimeout": {check: one(timeOrNone)}, "serveraliveinterval": {check: one(clock)}, "serveralivecountmax": {check: one(number)},
	"include": {check: several}, "host": {check: several}, "match": {check: several}, "ignoreunknown": {check: several},

	"canonicalizehostname": {check: one(of("yes", "no", "always", "true", "false", "none"))},

	"pubkeyacceptedkeytypes": {alias: "pubkeyacceptedalgorithms"}, "challengeresponseauthentication": {alias: "kbdinteractiveauthentication"},
	"skeyauthentication": {alias: "kbdinteractiveauthentication"}, "tisauthentication": {alias: "kbdinteractiveauthentication"},
	"dsaauthentication": {alias: "pubkeyauthentication"}, "identityfile2": {alias: "identityfile"}, "userknownhostsfile2": {alias: "userknownhostsfile"},
	"globalknownhostsfile2": {alias: "globalknownhostsfile"}, "smartcarddevice": {alias: "pkcs11provider"},
	"hostbasedkeytypes": {alias: "hostbasedacceptedalgorithms"}, "protocolkeepalives": {alias: "serveraliveinterval"},
	"keepalive": {alias: "tcpkeepalive"},

	// To reach a host without these may be impossible, or another matter.
	"bindinterface": {unless: "none"}, "hostbasedauthentication": {unless: "no"}, "pkcs11provider": {unless: "none"},
	"proxyusefdpass": {unless: "no"}, "knownhostscommand": {unless: "none", raw: true}, "verifyhostkeydns": {unless: "no"},
}

// ignored are options that make no difference here: nothing is forwarded, multiplexed, sent along or run on this machine
// whatever they say, and terminals and logs are muster's own.
const ignored = `addkeystoagent batchmode canonicaldomains canonicalizefallbacklocal canonicalizemaxdots
canonicalizepermittedcnames channeltimeout checkhostip clearallforwardings compression compressionlevel connectionattempts controlmaster
controlpath controlpersist dynamicforward enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fingerprinthash
forkafterauthentication forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports gssapiauthentication
gssapiclientidentity gssapidelegatecredentials gssapikeyexchange gssapikexalgorithms gssapirenewalforcesrekey gssapiserveridentity
gssapitrustdns hashknownhosts hostbasedacceptedalgorithms ipqos localcommand localforward loglevel logverbose nohostauthenticationforlocalhost
numberofpasswordprompts obscurekeystroketiming permitlocalcommand permitremoteopen refuseconnection rekeylimit remotecommand remoteforward requesttty
requiredrsasize securitykeyprovider sendenv sessiontype setenv stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility
tag tcpkeepalive tunnel tunneldevice updatehostkeys useprivilegedport usekeychain useroaming versionaddendum visualhostkey warnweakcrypto
xauthlocation rhostsauthentication rhostsrsaauthentication rsaauthentication cipher protocol afstokenpassing fallbacktorsh
globalknownhostsfile3 kerberosauthentication kerberostgtpassing usersh`

func init() {
	for name := range strings.FieldsSeq(ignored) {
		options[name] = &optionClass{raw: true}
	}
}

// option checks an option's words.
func (l *loader) option(f *file, n *line, keyword string) error {
	class := n.option
	if class.raw && class.check != nil {
		n.args = []string{strings.TrimLeft(n.rest, blanks+"=")}
	}
	bad := func(err error) error {
		return &Error{File: f.name, Line: n.number, Reason: fmt.Sprintf("%s: %v", keyword, err)}
	}
	switch {
	case class.check != nil:
		if err := class.check(n.args); err != nil {
			return bad(err)
		}
	case class.unless != "" && !strings.EqualFold(strings.TrimSpace(n.rest), class.unless):
		l.config.note(&Error{File: f.name, Line: n.number, Reason: keyword + " is not honoured; --transport openssh does"})
	}
	return nil
}

// The checks of words.

func one(check func(string) error) func([]string) error {
	return func(words []string) error {
		switch {
		case len(words) == 0 || words[0] == "":
			return fmt.Errorf("no value")
		case len(words) > 1:
			return fmt.Errorf("more than one value: %.40q", words[1])
		}
		return check(words[0])
	}
}

func several(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("no value")
	}
	return nil
}

func anything(string) error { return nil }

func of(allowed ...string) func(string) error {
	return func(word string) error {
		if !slices.Contains(allowed, strings.ToLower(word)) {
			return fmt.Errorf("%.40q is none of %s", word, strings.Join(allowed, ", "))
		}
		return nil
	}
}

var yesNo = of("yes", "no", "true", "false")

func port(word string) error {
	if n, err := strconv.Atoi(word); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%.40q is no port", word)
	}
	return nil
}

func number(word string) error {
	if n, err := strconv.Atoi(word); err != nil || n < 0 {
		return fmt.Errorf("%.40q is no number", word)
	}
	return nil
}

func timeOrNone(word string) error {
	if word == "none" {
		return nil
	}
	return clock(word)
}

func clock(word string) error {
	_, err := duration(word)
	return err
}

// duration reads a time as sshd_config(5) has it: 90, 1m30, 2h, in any case.
func duration(word string) (time.Duration, error) {
	var sum time.Duration
	for rest := word; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%.40q is no time", word)
		}
		unit := time.Second
		if rest = rest[digits:]; rest != "" {
			units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
			if unit = units[rest[0]|0x20]; unit == 0 {
				return 0, fmt.Errorf("%.40q is no time", word)
			}
			rest = rest[1:]
		}
		sum += time.Duration(n) * unit
	}
	if word == "" {
		return 0, fmt.Errorf("no value")
	}
	return sum, nil
}
