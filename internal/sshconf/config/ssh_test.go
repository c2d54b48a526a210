package config

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"muster/internal/tier"
)

// What is made of files is what ssh makes of them, by ssh -G: whole files of all that is evaluated here, drawn at random.
func TestAsSSH(t *testing.T) {
	tier.Needs(t, "ssh")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("MUSTER_TEST_DIR", "/some%where")
	name := filepath.Join(dir, "config")
	oracle := &Config{source: Source{File: name, Home: me.HomeDir, LocalUser: me.Username}}
	var refused, compared int
	for range tier.Times(1, 3, 200) {
		rapid.Check(t, func(t *rapid.T) {
			for i, more := range []string{"a.inc", "b.inc", ".hidden.inc"} {
				write(t, filepath.Join(dir, more), drawFile(t, dir, i+1))
			}
			write(t, name, drawFile(t, dir, 0))
			q := Query{
				Host: rapid.SampledFrom([]string{"web1", "Web1", "db.example.com", "10.0.0.7", "bastion", "x", "::0001"}).Draw(t, "host"),
				User: rapid.SampledFrom([]string{"", "", "root", "deploy"}).Draw(t, "user"), Port: rapid.SampledFrom([]int{0, 0, 22, 2222}).Draw(t, "port"),
				Jump: rapid.SampledFrom([]string{"", "", "", "j1", "me@j1:23,j2"}).Draw(t, "jump"),
			}
			if same(t, oracle, q) {
				compared++
			} else {
				refused++
			}
		})
	}
	t.Logf("%d compared, %d refused by both", compared, refused)
	if compared < refused/4 {
		t.Errorf("only %d compared", compared)
	}
}

// The odd lines that people have, and that would seldom be drawn.
func TestLinesAsSSH(t *testing.T) {
	tier.Needs(t, "ssh")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "config")
	oracle := &Config{source: Source{File: name, Home: me.HomeDir, LocalUser: me.Username}}
	for _, text := range []string{
		"ProtocolKeepAlives 5", "SetupTimeOut 5", "UserKnownHostsFile2 /x", "GlobalKnownHostsFile2 /x", "ServerAliveInterval none\nServerAliveInterval 7",
		"ConnectTimeout none\nConnectTimeout 7", "CanonicalizeHostname none", "GlobalKnownHostsFile /a%h ~/b", "ProxyJump a # c", "ProxyJump a,b#c", "ProxyJump a,,b", "ProxyJump a:0", "ProxyJump a:x,b", "ProxyJump a,b:65536", "ProxyJump @a", "ProxyJump u@",
		"ProxyJump u@[fe80::1]:22,b", "ProxyJump [::1]", "ProxyJump a:22,b@c@d", "Host x\nProxyJump :22", "ProxyJump ssh://u@a:22,b", "HostName %u", "HostName %%h%",
		"HostName ::0001", "HostName FE80::1", "UserKnownHostsFile ~nobody/x", "UserKnownHostsFile ~muster-nobody/x", "Host \"\"", "Match", "Match all host x", "Match host x all\nUser a",
		"Match host web1 all\nUser a", "Match !all\nUser a", "Match all # x\nUser a", "Match host web1 # x\nUser a", "Match user", "Match Host=WEB1\nUser a", "Match !host web1\nUser a",
		"ConnectTimeout 99999999999", "ConnectTimeout 4000w", "ConnectTimeout 1h30", "ConnectTimeout 5x", "ServerAliveCountMax 99999999999", "Port 0", "Port 65536", "Port \"22\"", "\"Port\" 23", "Po\"rt\" 23", "\"Port\" = 23", "\"Port\"=23",
		"  Port\t=\t23  ", "Port=23=", "Port 23 24", "Port", "port = 23 # c", "User a\\ b", "User 'a b'", "User a'b'c", "User \"a'b\"", "User \"a", "User a#b", "User =a",
		"IdentityFile NONE", "IdentityFile a\nIdentityFile b\nIdentityFile a", "UserKnownHostsFile none", "UserKnownHostsFile /a none", "UserKnownHostsFile \"\"",
		"ProxyJump none\nProxyJump j", "ProxyJump none\nProxyCommand none\nProxyJump j", "IdentityAgent ${NOPE", "IdentityAgent ~/a%%b", "HostKeyAlias A%h", "HostName A\nMatch host a\nUser found", "HostName b\nMatch final host b\nUser found\nHost b\nPort 7",
		"Match final\nHostName other", "Host web1\nMatch final host web1\nUser x\nHost *\nHostName late", "ProxyCommand nc %h\nProxyJump j", "ProxyJump j\nProxyCommand nc %h",
		"ProxyJump none\nProxyCommand nc %h", "ProxyCommand none\nProxyJump j", "ProxyCommand =nc \"a\" # b", "Include none* none?", "Include", "StrictHostKeyChecking OFF", "AddressFamily INET",
		"PubkeyAuthentication unbound", "PubkeyAuthentication maybe", "TISAuthentication no", "DSAAuthentication no", "IdentityFile2 /x", "Host web1 !web1\nUser a", "Host !web2\nUser a", "Host WEB1\nUser a",
		"Host \"web1 x\" web1\nUser a", "Host web1\nUser a\nHost *\nUser b", "Host web*\nUser a\nHost web1 web1\nUser b\nPort 7", "Host x #web1\nUser a", "\r\nUser a\r\n", "User a\f", "=", "#User a", "  # User a\nUser b", "IgnoreUnknown No*\nNope x", "Cipher x", "UsePrivilegedPort x",
	} {
		write(t, name, text+"\n")
		same(t, oracle, Query{Host: "web1"})
	}
}

// same compares what is made of the oracle's file with what ssh makes of it, and reports whether that is settings and not an error.
func same(t rapid.TB, oracle *Config, q Query) bool {
	t.Helper()
	source := oracle.source
	ours, ourErr := resolve(source, q)
	theirs, theirErr := askSSH(oracle, q)
	if (ourErr != nil) != (theirErr != nil) {
		t.Errorf("%+v\nhere: %v\nssh:  %v\n%s", q, ourErr, theirErr, show(filepath.Dir(source.File)))
	}
	if ourErr != nil || theirErr != nil {
		return false
	}
	if theirs.User == source.LocalUser && ours.User == "" {
		ours.User = theirs.User
	}
	if ours.Port == 0 {
		ours.Port = 22
	}
	if ours.StrictHostKeyChecking == "ask" { // as is usual, which ssh does not tell apart
		ours.StrictHostKeyChecking = ""
	}
	for _, s := range []*Settings{&ours, &theirs} { // ssh says it without, of the last
		s.ProxyJump = strings.ReplaceAll(s.ProxyJump, "ssh://", "")
	}
	if diff := cmp.Diff(theirs, ours, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%+v\nssh has -, here is +:\n%s\n%s", q, diff, show(filepath.Dir(source.File)))
	}
	return true
}

func resolve(source Source, q Query) (Settings, error) {
	c, err := Load(source)
	if err != nil {
		return Settings{}, err
	}
	return c.evaluate(q).settings()
}

// askSSH has ssh tell all.
func askSSH(oracle *Config, q Query) (Settings, error) {
	return oracle.ask(context.Background(), q, &Error{})
}

func write(t rapid.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func show(dir string) string {
	out, _ := exec.Command("grep", "-n", "", "-r", dir).Output()
	return string(out)
}

// drawFile draws the lines of a file.
func drawFile(t *rapid.T, dir string, depth int) string {
	lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawLine(t, depth) }), 0, 12).Draw(t, "lines")
	return strings.ReplaceAll(strings.Join(lines, "\n")+"\n", "{dir}", dir)
}

func drawLine(t *rapid.T, depth int) string {
	from := func(what string, all ...string) string { return rapid.SampledFrom(all).Draw(t, what) }
	names := func() string {
		return from("patterns", "web1", "web*", "*", "!web1", "db.*", "*.example.com", "10.0.?.7", "Web1", "bastion", "b*,web*", "x")
	}
	kind := from("kind", "host", "host", "match", "match", "option", "option", "option", "option", "option", "option", "include", "other")
	space := from("space", " ", " ", "\t", " = ", "=", "  ")
	switch kind {
	case "host":
		line := from("keyword", "Host", "host", "HOST") + space + strings.ReplaceAll(names(), ",", " ")
		for rapid.Bool().Draw(t, "more") {
			line += " " + names()
		}
		return line
	case "match":
		line := "Match"
		for {
			line += " " + from("not", "", "", "!") + from("criterion", "host "+names(), "originalhost "+names(), "user root,deploy", "user me*", "localuser root", "localuser nobody",
				"final", "canonical", "all", `host "web1,x"`, "host=web*", "final host *.example.com")
			if rapid.IntRange(0, 2).Draw(t, "more") < 2 {
				return line
			}
		}
	case "include":
		return "Include " + []string{from("file", "{dir}/a.inc", "{dir}/*.inc", "{dir}/[!b].inc", "{dir}/none"), from("file", "{dir}/b.inc", "{dir}/none", "/none/*"), "/none"}[min(depth, 2)]
	case "other":
		return from("other", "", "# comment", "  ", "SendEnv LANG LC_*", "ForwardAgent yes", "Compression no", "HashKnownHosts yes", "Port abc", "Port", "User a b", `User "a`, "ServerAliveInterval x", "IdentitiesOnly maybe", "Match", "Host")
	}
	return from("indent", "", "  ", "\t") + from("option",
		"HostName"+space+from("v", "10.1.2.3", "%h.internal", "Real.Example.COM", "%%h", "db.example.com", "fd00::0007"),
		"User"+space+from("v", "root", "deploy", `"qu oted"`, "x # comment"),
		"Port"+space+from("v", "22", "2222", "65535"),
		"IdentityFile"+space+from("v", "~/.ssh/id_a", "/keys/%h-%r-%p-%n-%u", `"/with blank/id"`, "${MUSTER_TEST_DIR}/id", "none"),
		"CertificateFile"+space+from("v", "~/.ssh/id-cert.pub", "/c/%d"),
		"IdentitiesOnly"+space+from("v", "yes", "no", "Yes"),
		"IdentityAgent"+space+from("v", "none", "/run/%u.sock", "SSH_AUTH_SOCK", "$MUSTER_TEST_DIR", "${MUSTER_TEST_DIR}/a"),
		"ProxyJump"+space+from("v", "none", "j1", "me@j1:2022", "j1,j2", "ssh://u@j3:77"),
		"ProxyCommand"+space+from("v", "none", "nc %h %p", `ssh -W "%h:%p" gw # not a comment`),
		"UserKnownHostsFile"+space+from("v", "~/.ssh/kh1 /kh2", "/dev/null", "none", "/k/%k-%h-%L-%l-%i", "~nobody/kh"),
		"GlobalKnownHostsFile"+space+from("v", "/etc/kh", "/a /b%h", "~/g"),
		"HostKeyAlias"+space+from("v", "alias", "ALIAS"),
		"StrictHostKeyChecking"+space+from("v", "yes", "no", "ask", "accept-new", "off"),
		"ConnectTimeout"+space+from("v", "5", "1m", "none", "1m30s"),
		"ServerAliveInterval"+space+from("v", "15", "2m", "none"), "ServerAliveCountMax"+space+from("v", "1", "7"),
		"AddressFamily"+space+from("v", "inet", "inet6", "any"), "BindAddress"+space+from("v", "127.0.0.1", "10.0.0.1"),
		"PubkeyAuthentication"+space+from("v", "yes", "no"), "PasswordAuthentication"+space+from("v", "yes", "no"),
		"ChallengeResponseAuthentication"+space+from("v", "yes", "no"),
		"PreferredAuthentications"+space+from("v", "publickey", "password,publickey"),
		"RevokedHostKeys"+space+from("v", "/revoked", "~/revoked"),
	)
}
