package config

import (
	"fmt"
	"strings"
	"sync"
)

// optionClass says what becomes of an option.
type optionClass struct {
	alias string // the name that it has today
	raw   bool   // its value is the rest of the line, as it is
	// check says what is wrong with its words; nil: it is not honoured, and its words may be any.
	check func(words []string) error
	many  bool // each value counts, not only the first
	time  bool // none leaves it unset
	// unless is the one value that is honoured of an option that is not, in lower case; with any other there is a note.
	unless string
}

// options are those that there are. What is in none of these lines is a newer ssh's, or another's, and ssh is asked about it.
// They are put together when a file is read: no worker reads one.
var options = sync.OnceValue(func() map[string]*optionClass {
	all := map[string]*optionClass{
		"hostname": {check: one(hostName)}, "port": {check: one(port)}, "user": {check: one(anything)}, "hostkeyalias": {check: one(anything)},
		"addressfamily": {check: one(of("any", "inet", "inet6"))}, "bindaddress": {check: one(address)},
		"identityfile": {check: one(anything), many: true}, "certificatefile": {check: one(anything), many: true}, "identitiesonly": {check: one(yesNo)},
		"identityagent": {check: one(anything)}, "proxyjump": {raw: true, check: one(jumps)}, "proxycommand": {raw: true, check: one(anything)},
		"userknownhostsfile": {check: noneAlone}, "globalknownhostsfile": {check: noneAlone}, "revokedhostkeys": {check: one(anything)},
		"hashknownhosts":        {check: one(yesNo)},
		"stricthostkeychecking": {check: one(of("yes", "no", "ask", "off", "accept-new", "true", "false"))},
		"hostkeyalgorithms":     {check: one(anything)}, "casignaturealgorithms": {check: one(anything)}, "kexalgorithms": {check: one(anything)},
		"ciphers": {check: one(anything)}, "macs": {check: one(anything)}, "pubkeyacceptedalgorithms": {check: one(anything)},
		"preferredauthentications": {check: one(anything)}, "pubkeyauthentication": {check: one(of("yes", "no", "true", "false", "unbound", "host-bound"))},
		"passwordauthentication": {check: one(yesNo)}, "kbdinteractiveauthentication": {check: one(yesNo)},
		"connecttimeout": {check: one(clock), time: true}, "serveraliveinterval": {check: one(clock), time: true}, "serveralivecountmax": {check: one(number)},
		"include": {check: several}, "host": {check: several}, "match": {check: several}, "ignoreunknown": {check: several},

		// What these ask for, only ssh knows.
		"canonicalizehostname": {check: one(of("yes", "no", "always", "true", "false"))}, "canonicalizepermittedcnames": {check: noneAlone},

		// It says that there is no way to the host.
		"refuseconnection": {check: one(anything)},

		"pubkeyacceptedkeytypes": {alias: "pubkeyacceptedalgorithms"}, "challengeresponseauthentication": {alias: "kbdinteractiveauthentication"},
		"skeyauthentication": {alias: "kbdinteractiveauthentication"}, "tisauthentication": {alias: "kbdinteractiveauthentication"},
		"dsaauthentication": {alias: "pubkeyauthentication"}, "identityfile2": {alias: "identityfile"},
		"smartcarddevice":   {alias: "pkcs11provider"},
		"hostbasedkeytypes": {alias: "hostbasedacceptedalgorithms"}, "protocolkeepalives": {alias: "serveraliveinterval"}, "setuptimeout": {alias: "serveraliveinterval"},
		"keepalive": {alias: "tcpkeepalive"},

		// To reach a host without these may be impossible, or less safe.
		"bindinterface": {unless: "none"}, "hostbasedauthentication": {unless: "no"}, "pkcs11provider": {unless: "none"},
		"proxyusefdpass": {unless: "no"}, "knownhostscommand": {unless: "none", raw: true}, "verifyhostkeydns": {unless: "no"}, "nohostauthenticationforlocalhost": {unless: "no"},
		"checkhostip": {unless: "no"}, "requiredrsasize": {unless: "1024"},
	}
	for name := range strings.FieldsSeq(ignored) {
		all[name] = &optionClass{raw: true}
	}
	return all
})

// ignored are options that make no difference here: nothing is forwarded, multiplexed, sent along or run on this machine
// whatever they say, and terminals and logs are muster's own.
const ignored = `addkeystoagent batchmode canonicaldomains canonicalizefallbacklocal canonicalizemaxdots
channeltimeout clearallforwardings compression compressionlevel connectionattempts controlmaster
controlpath controlpersist dynamicforward enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fingerprinthash
forkafterauthentication forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports gssapiauthentication
gssapiclientidentity gssapidelegatecredentials gssapikeyexchange gssapikexalgorithms gssapirenewalforcesrekey gssapiserveridentity
gssapitrustdns hostbasedacceptedalgorithms ipqos localcommand localforward loglevel logverbose
numberofpasswordprompts obscurekeystroketiming permitlocalcommand permitremoteopen rekeylimit remotecommand remoteforward requesttty
securitykeyprovider sendenv sessiontype setenv stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility
tag tcpkeepalive tunnel tunneldevice updatehostkeys useprivilegedport usekeychain useroaming versionaddendum visualhostkey warnweakcrypto
xauthlocation rhostsauthentication rhostsrsaauthentication rsaauthentication cipher protocol afstokenpassing fallbacktorsh
kerberosauthentication kerberostgtpassing usersh
userknownhostsfile2 globalknownhostsfile2`

// option checks an option's words.
func (l *loader) option(f *file, n *line, keyword string) error {
	class := n.option
	if class.raw && class.check != nil {
		n.args = []string{strings.TrimLeft(n.rest, blanks+"=")}
		if n.keyword == "proxyjump" {
			jump, _, _ := strings.Cut(n.args[0], "#")
			n.args[0] = strings.TrimRight(jump, blanks)
		}
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
