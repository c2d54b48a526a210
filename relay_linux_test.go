package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/internal/fleet"
	"muster/internal/sshdtest"
	"muster/internal/tier"
)

// Workers behind ssh visit what only the relay of their chunk reaches: three far machines, each in a network of its own, with
// keys that none of them has, and whose host keys are judged here.
func TestRelays(t *testing.T) {
	t.Parallel()
	const relays, behind = 3, 8
	busybox, ssh := tier.Needs(t, "busybox"), tier.Needs(t, "ssh")
	link := musterLink(t)
	dir := t.TempDir()
	var config, known, vouched strings.Builder
	var hosts, args []string
	for i := range relays {
		chain := sshdtest.NewChain(t, sshdtest.Options{}, sshdtest.Options{Addresses: behind})
		relay, last := chain.Hops[0], chain.Hops[1]
		fmt.Fprintf(&config, "Host relay%d\n\tHostName %s\n\tPort %d\n\tUser %s\n\tIdentityFile %s\n\tProxyCommand %s %s nc %%h %%p\n",
			i, relay.Addr(0), relay.Port, relay.User, relay.Identity, strings.Join(chain.Within(), " "), busybox)
		vouched.WriteString(relay.KnownHosts(relay.Addr(0)))
		for _, addr := range last.Hosts(behind) {
			hosts = append(hosts, fmt.Sprintf("%s:%d", addr, last.Port))
			known.WriteString(last.KnownHosts(addr))
		}
		args = append(args, "-l", last.User, "-i", last.Identity)
	}
	fmt.Fprintf(&config, "Host *\n\tUserKnownHostsFile %s\n\tBatchMode yes\n", filepath.Join(dir, "relays"))
	for name, text := range map[string]string{"config": config.String(), "relays": vouched.String(), "known": known.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	collect := func(args ...string) ran {
		return run(t, musterCmd(t, slices.Concat([]string{
			"collect", "-F", "none", "-n", fmt.Sprint(relays), "--partition", "block", "-o", "json", "--worker-path", link,
			"--launcher", ssh + " -F " + filepath.Join(dir, "config") + " relay{chunk} --",
		}, args, hosts)...))
	}
	r := collect(append(args, "--known-hosts", filepath.Join(dir, "known"))...)
	if d := r.parse(t, hosts); r.code != 0 || len(d.Workers) != relays {
		t.Errorf("exit code %d, %d workers, %v, stderr:\n%s", r.code, len(d.Workers), d.Summary.ByStatus, r.stderr)
	}

	// Nothing is known over there that is not known here.
	r = collect(append(args, "--known-hosts", filepath.Join(dir, "relays"))...)
	if d := r.parse(t, hosts); r.code != 4 || d.Summary.ByStatus[fleet.StatusHostKey] != len(hosts) {
		t.Errorf("exit code %d, %v, stderr:\n%s", r.code, d.Summary.ByStatus, r.stderr)
	}
}
