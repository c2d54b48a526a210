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
	t.Setenv("MUSTER_TEST_DIR", "/somewhere")
	var refused, compared int
	checks := tier.Times(60, 400, 20_000)
	rapid.Check(t, func(t *rapid.T) {
		if compared+refused >= checks {
			return
		}
		name := filepath.Join(dir, "config")
		text := drawFile(t, 0)
		for i, more := range []string{"a.inc", "b.inc"} {
			write(t, filepath.Join(dir, more), drawFile(t, i+1))
		}
		write(t, name, strings.ReplaceAll(text, "{dir}", dir))
		q := Query{
			Host: rapid.SampledFrom([]string{"web1", "Web1", "db.example.com", "10.0.0.7", "bastion", "x"}).Draw(t, "host"),
			User: rapid.SampledFrom([]string{"", "", "root", "deploy"}).Draw(t, "user"), Port: rapid.SampledFrom([]int{0, 0, 22, 2222}).Draw(t, "port"),
			Jump: rapid.SampledFrom([]string{"", "", "", "j1", "me@j1:23,j2"}).Draw(t, "jump"),
		}
		source := Source{File: name, Home: me.HomeDir, LocalUser: me.Username}
		ours, ourErr := resolve(source, q)
		theirs, theirErr := askSSH(source, q)
		if (ourErr != nil) != (theirErr != nil) {
			t.Fatalf("%+v\nhere: %v\nssh:  %v\n%s", q, ourErr, theirErr, show(dir))
		}
		if ourErr != nil {
			refused++
			return
		}
		compared++
		if theirs.User == me.Username && ours.User == "" {
			ours.User = theirs.User
		}
		if ours.Port == 0 {
			ours.Port = 22
		}
		if ours.StrictHostKeyChecking == "ask" { // as is usual, which ssh does not tell apart
			ours.StrictHostKeyChecking = ""
		}
		ours.ProxyJump = strings.ReplaceAll(ours.ProxyJump, "ssh://", "")
		if diff := cmp.Diff(theirs, ours, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%+v\nssh has -, here is +:\n%s\n%s", q, diff, show(dir))
		}
	})
	t.Logf("%d compared, %d refused by both", compared, refused)
	if compared < checks/4 {
		t.Errorf("only %d compared", compared)
	}
}

func resolve(source Source, q Query) (Settings, error) {
	c, err := Load(source)
	if err != nil {
		return Settings{}, err
	}
	return c.evaluate(q).settings()
}

// askSSH has ssh tell all.
func askSSH(source Source, q Query) (Settings, error) {
	c := &Config{source: source}
	return c.ask(context.Background(), q, &Error{})
}

func write(t *rapid.T, name, text string) {
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
func drawFile(t *rapid.T, depth int) string {
	lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawLine(t, depth) }), 0, 12).Draw(t, "lines")
	return strings.Join(lines, "\n") + "\n"
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
		return "Include " + []string{from("file", "{dir}/a.inc", "{dir}/*.inc", "{dir}/none"), from("file", "{dir}/none", "/none/*"), "/none"}[min(depth, 2)]
	case "other":
		return from("other", "", "# comment", "  ", "SendEnv LANG LC_*", "ForwardAgent yes", "Compression no", "HashKnownHosts yes", "Port abc", "Port", "User a b", `User "a`, "ServerAliveInterval x", "IdentitiesOnly maybe", "Match", "Host")
	}
	return from("indent", "", "  ", "\t") + from("option",
		"HostName"+space+from("v", "10.1.2.3", "%h.internal", "Real.Example.COM", "%%h", "db.example.com"),
		"User"+space+from("v", "root", "deploy", `"qu oted"`, "x # comment"),
		"Port"+space+from("v", "22", "2222", "65535"),
		"IdentityFile"+space+from("v", "~/.ssh/id_a", "/keys/%h-%r-%p-%n-%u", `"/with blank/id"`, "${MUSTER_TEST_DIR}/id", "none"),
		"CertificateFile"+space+from("v", "~/.ssh/id-cert.pub", "/c/%d"),
		"IdentitiesOnly"+space+from("v", "yes", "no", "Yes"),
		"IdentityAgent"+space+from("v", "none", "/run/%u.sock", "SSH_AUTH_SOCK", "$MUSTER_TEST_DIR", "${MUSTER_TEST_DIR}/a"),
		"ProxyJump"+space+from("v", "none", "j1", "me@j1:2022", "j1,j2", "ssh://u@j3:77"),
		"ProxyCommand"+space+from("v", "none", "nc %h %p", `ssh -W "%h:%p" gw # not a comment`),
		"UserKnownHostsFile"+space+from("v", "~/.ssh/kh1 /kh2", "/dev/null", "none", "/k/%k"),
		"GlobalKnownHostsFile"+space+from("v", "/etc/kh", "/a /b"),
		"HostKeyAlias"+space+from("v", "alias", "ALIAS"),
		"StrictHostKeyChecking"+space+from("v", "yes", "no", "ask", "accept-new", "off"),
		"ConnectTimeout"+space+from("v", "5", "1m", "none", "1m30s"),
		"ServerAliveInterval"+space+from("v", "15", "2m"), "ServerAliveCountMax"+space+from("v", "1", "7"),
		"AddressFamily"+space+from("v", "inet", "inet6", "any"), "BindAddress"+space+from("v", "127.0.0.1", "10.0.0.1"),
		"PubkeyAuthentication"+space+from("v", "yes", "no"), "PasswordAuthentication"+space+from("v", "yes", "no"),
		"ChallengeResponseAuthentication"+space+from("v", "yes", "no"),
		"PreferredAuthentications"+space+from("v", "publickey", "password,publickey"),
		"RevokedHostKeys"+space+from("v", "/revoked", "~/revoked"),
	)
}
