package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"muster/internal/fleet"
	"muster/internal/hostlist"
	"muster/internal/tier"
)

// network is a simulated fleet in a network of its own, whose packets may be lost, refused or held up.
type network struct {
	hosts    int
	faults   string
	harm     string // shell commands that do harm to the network, once the fleet is ready
	addition string // hosts that are not of the fleet, which come first
	options  string // of muster collect
}

// inNetwork is the story that a shell plays in the new network, which sees the files of this machine, but may mount others in
// their place. The fleet ends with descriptor 3.
const inNetwork = `set -e
ip link set lo up
mkfifo stop
exec 3<>stop
muster simulate --hosts $HOSTS --faults "$FAULTS" --dir fleet --until-eof <stop >ready 3>&- &
until [ -s ready ]; do sleep 0.02; done
drop() { nft "add rule inet t out ip daddr $1 ${2:-drop}"; }
nft add table inet t
nft 'add chain inet t out { type filter hook output priority 0; }'
eval "$HARM"
code=0
muster collect -H fleet/hosts $ADDITION -i fleet/id --known-hosts fleet/known_hosts -o json $OPTIONS || code=$?
exec 3>&-
wait
exit $code
`

func (n network) collect(t *testing.T) document {
	t.Helper()
	if os.Getuid() != 0 {
		tier.Lacks(t, "only root makes network namespaces")
	}
	for _, program := range []string{"ip", "nft", "tc"} {
		tier.Needs(t, program)
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "muster")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", inNetwork)
	cmd.Dir = dir
	cmd.Env = append(musterCmd(t).Env, "PATH="+dir+":"+os.Getenv("PATH"), "HOSTS="+strconv.Itoa(n.hosts), "FAULTS="+n.faults,
		"HARM="+n.harm, "ADDITION="+n.addition, "OPTIONS="+n.options)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	r := run(t, cmd)
	list, err := os.ReadFile(filepath.Join(dir, "fleet", "hosts"))
	if err != nil {
		t.Fatalf("%v, stderr:\n%s", err, r.stderr)
	}
	var labels []string
	for line := range strings.Lines(string(list)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			labels = append(labels, line)
		}
	}
	if n.addition != "" {
		added, _, err := hostlist.Expand(n.addition, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		labels = append(added, labels...)
	}
	return r.parse(t, labels)
}

// F2: packets to a host vanish. It is a timeout in connect when its time is up, and costs nobody else anything.
func TestF2BlackHole(t *testing.T) {
	t.Parallel()
	d := network{hosts: 6, harm: "drop 127.1.0.2; drop 127.1.0.5", options: "-t 1s"}.collect(t)
	for i, h := range d.Hosts {
		if i != 1 && i != 4 {
			if h.Status != fleet.StatusOK || *h.DurationMS > 900 {
				t.Errorf("%s: %s in %v ms", h.Host, h.Status, *h.DurationMS)
			}
			continue
		}
		if h.Status != fleet.StatusTimeout || h.Phase != fleet.PhaseConnect {
			t.Errorf("%s: %s, %s", h.Host, h.Status, h.Phase)
		}
		within(t, h, 1000)
	}
}

// F3: there is no route to a host, or a router says that the way is prohibited. It is unreachable, at once.
func TestF3NoWay(t *testing.T) {
	t.Parallel()
	d := network{
		hosts: 3, addition: "10.9.9.9", options: "-t 9s",
		harm: "drop 127.1.0.2 'reject with icmpx type admin-prohibited'",
	}.collect(t)
	for i, want := range []fleet.Status{fleet.StatusUnreachable, fleet.StatusOK, fleet.StatusUnreachable, fleet.StatusOK} {
		if h := d.Hosts[i]; h.Status != want || *h.DurationMS > 2200 {
			t.Errorf("%s: %s, %q, in %v ms", h.Host, h.Status, h.Error, *h.DurationMS)
		}
	}
}

// F10: a fifth of all packets is lost. Hosts are ok, or out of time; none is ok by half an answer, which is no json.
func TestF10LossyNetwork(t *testing.T) {
	t.Parallel()
	d := network{hosts: 20, harm: "drop 127.0.0.0/8 'numgen random mod 5 0 drop'", options: "-t 20s -u 20s"}.collect(t)
	ok := 0
	for _, h := range d.Hosts {
		switch {
		case h.Status == fleet.StatusOK && h.MemTotalBytes != nil && h.Load1 != nil && h.CPUs != nil:
			ok++
		case h.Status == fleet.StatusTimeout:
		default:
			t.Errorf("%s: %s, %q", h.Host, h.Status, h.Error)
		}
	}
	if ok < 19 {
		t.Errorf("%d of 20 ok", ok)
	}
}

// F11: a line of 64 kbit/s. Hosts are ok, slowly, or out of time.
func TestF11SlowNetwork(t *testing.T) {
	t.Parallel()
	d := network{
		hosts: 3, options: "-t 20s -u 20s",
		harm: "ip link set lo mtu 1500; tc qdisc add dev lo root tbf rate 64kbit burst 4k limit 64k",
	}.collect(t)
	slow := 0
	for _, h := range d.Hosts {
		if h.Status != fleet.StatusOK && h.Status != fleet.StatusTimeout {
			t.Errorf("%s: %s, %q", h.Host, h.Status, h.Error)
		}
		if *h.DurationMS > 1000 {
			slow++
		}
	}
	if slow == 0 {
		t.Error("the network was not slow")
	}
}

// F30: a host vanishes after it let us in, without a word. It is a timeout when its time is up, whatever TCP still hopes for.
func TestF30HostVanishes(t *testing.T) {
	t.Parallel()
	d := network{hosts: 8, faults: "slow=8", harm: "{ sleep 1; drop 127.0.0.0/8; } &", options: "-t 6s -u 4s"}.collect(t)
	letIn := 0
	for _, h := range d.Hosts {
		switch {
		case h.Status != fleet.StatusTimeout:
			t.Errorf("%s: %s, %s, %q", h.Host, h.Status, h.Phase, h.Error)
		case h.Phase == fleet.PhaseExec:
			letIn++
			within(t, h, *h.ConnectMS+4000)
		default: // it takes longer to let us in where this machine has other work
			within(t, h, 6000)
		}
	}
	if letIn == 0 {
		t.Error("no host had let us in")
	}
}

// F32: names do not exist, thousands of them, or their server fails or is silent. That is resolve, or a timeout when a host's
// time is up, and costs nobody else anything.
func TestF32Names(t *testing.T) {
	t.Parallel()
	const patience = 3000
	names := tier.Times(500, 2000, 10_000)
	d := network{
		hosts:    4,
		addition: fmt.Sprintf("here.example,broken[1-4].example,silent[1-4].example,none[1-%d].example", names),
		harm: `mount --make-rprivate /
			echo nameserver 127.0.0.1 >resolv.conf
			mount --bind resolv.conf /etc/resolv.conf
			ln -s muster nameserver
			nameserver <stop >named 3>&- &
			until [ -s named ]; do sleep 0.02; done`,
		options: "-t 3s -n 2 -f 64",
	}.collect(t)
	for _, h := range d.Hosts {
		status, phase := fleet.StatusOK, fleet.Phase("")
		switch name, _, _ := strings.Cut(h.Host, "."); strings.TrimRight(name, "0123456789") {
		case "here": // where nobody listens
			status, phase = fleet.StatusRefused, fleet.PhaseConnect
		case "broken", "none":
			status, phase = fleet.StatusResolve, fleet.PhaseResolve
		case "silent":
			status, phase = fleet.StatusTimeout, fleet.PhaseResolve
			within(t, h, patience)
		}
		if h.Status != status || h.Phase != phase {
			t.Errorf("%s: %s, %s, %q; want %s, %s", h.Host, h.Status, h.Phase, h.Error, status, phase)
		}
	}
}
