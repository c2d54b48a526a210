package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"muster/internal/child"
	"muster/internal/compare"
	"muster/internal/durable"
	"muster/internal/inventory"
	"muster/internal/launch"
	"muster/internal/scratch"
)

// The files of the workload disk. A sample reads half a MiB of them for each item, so at most a fifth, and no part twice.
const (
	diskFiles     = 32
	diskFileSize  = 16 << 20 // bytes
	mostDiskItems = 200
	mostResident  = 0.05 // of them that may stay in memory when they are dropped
)

// noDefaults are options of the commands that a comparison starts: it hands on its own, with the defaults among them.
var noDefaults = []string{"--config", noConfig}

// workload is the job of a comparison, with what it needs around it: files, hosts, a server.
type workload struct {
	compare.Form
	items   int          // in a sample of each kind
	dir     string       // private
	hosts   string       // the file that lists them, or a script's items; empty: a made-up job
	files   string       // the directory of what is read; empty: nothing is
	options []string     // of the job, in every sample
	words   []string     // a script and its arguments
	address string       // of the server, for the workloads that need one
	server  *child.Child // in a process of its own; nil: none
	notes   []string
	taker   compare.Taker
}

// job makes the workload that was asked for. The caller closes it, unless there is an error.
func (o *comparing) job(ctx context.Context, c *cli.Context, end *ender) (_ *workload, err error) {
	w := &workload{Form: compare.FormOf(o.workload), words: o.words}
	if w.dir, err = os.MkdirTemp("", "muster-compare-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	program, err := w.copyOfSelf()
	if err != nil {
		return nil, err
	}
	w.taker = compare.Taker{
		// A sample has workers, which it ends when it is told to: with it go all.
		Program: child.Spec{Path: program, Argv0: "muster", HasChildren: true},
		Job:     w.args, Ready: w.ready, Now: end.now,
		Failed: []int{codeTimeout, codeUnreachable, codeRemote},
	}
	w.options = slices.Concat(
		given(c, o.jobFlags()), []string{"--partition", o.partition, "-o", "json", "--quiet", "--progress", "never"}, noDefaults,
	)
	switch {
	case o.simulate > 0:
		err = w.simulateFleet(ctx, o)
	case w.Hosts:
		err = w.list(c, o)
	default:
		err = w.surround(ctx, o)
	}
	return w, err
}

// copyOfSelf is the program of samples: the same as this one, in a file of its own, so that its pages in memory are shared
// among the processes of a sample and with no other muster. Where no program may be started from there, it is this one.
func (w *workload) copyOfSelf() (string, error) {
	self, err := launch.Self()
	if err != nil {
		return "", err
	}
	from, err := os.Open(self)
	if err != nil {
		return "", err
	}
	defer from.Close()
	path := filepath.Join(w.dir, "muster")
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		return "", err
	}
	if _, err := child.LookPath(path); err != nil {
		w.notes = append(w.notes, "no program can be started in "+os.TempDir()+": memory that samples share with this muster is counted for both")
		return self, nil
	}
	return path, nil
}

// take takes a sample, which is worth nothing where the server it needs has ended.
func (w *workload) take(ctx context.Context, arm compare.Arm) (compare.Sample, error) {
	sample, err := w.taker.Take(ctx, arm)
	if w.server != nil {
		select {
		case <-w.server.Ended():
			return sample, fmt.Errorf("the server of workload %s ended: %s", w.Name, w.server.Wait())
		default:
		}
	}
	return sample, err
}

// list writes down which hosts, or items, the job is about, for every sample to read.
func (w *workload) list(c *cli.Context, o *comparing) error {
	args := c.Args().Slice()
	if w.Grain != compare.Grouped {
		args = append(args, o.words...)
	}
	routes, err := o.ssh.routes(c)
	if err != nil {
		return err
	}
	source := o.host.source(c.Context, o.invocation, args, routes)
	load := inventory.Load
	if o.items {
		load = inventory.LoadItems
	}
	list, err := load(source)
	switch {
	case errors.Is(err, inventory.ErrNoHosts):
		return hinted{usageError{err}, "--simulate 100 and --workload cpu need none"}
	case err != nil:
		return usageError{err}
	}
	w.items, w.notes = len(list.Hosts), list.Notes
	if w.items == 0 {
		return usagef("no hosts: there is nothing to compare")
	}
	for _, file := range o.host.groups.inventories.Value() { // they say how the hosts are reached
		w.options = append(w.options, "--inventory", file)
	}
	w.hosts = filepath.Join(w.dir, "list")
	w.options = append(w.options, "--max-hosts", strconv.Itoa(w.items))
	return durable.WriteFile(w.hosts, 0o600, func(to io.Writer) error {
		out := bufio.NewWriter(to)
		for _, host := range list.Hosts {
			if host.Local {
				w.options = append(w.options, "--local")
				continue
			}
			out.WriteString(host.Label)
			out.WriteByte('\n')
		}
		return out.Flush()
	})
}

// surround makes what a made-up job needs.
func (w *workload) surround(ctx context.Context, o *comparing) (err error) {
	if needs(w.Name).dir {
		if err = w.makeFiles(ctx); err != nil {
			return fmt.Errorf("workload %s: %w", w.Name, err)
		}
	}
	if needs(w.Name).server {
		if w.address, err = w.serve(ctx, "--net", "--latency", o.latency.String()); err != nil {
			return err
		}
	}
	return nil
}

// makeFiles makes the files that are read.
func (w *workload) makeFiles(ctx context.Context) error {
	w.files = filepath.Join(w.dir, "files")
	if err := os.Mkdir(w.files, 0o700); err != nil {
		return err
	}
	if err := scratch.Make(ctx, w.files, diskFiles, diskFileSize); err != nil {
		return err
	}
	resident, known, err := scratch.Drop(w.files)
	switch {
	case !known:
		w.notes = append(w.notes, "whether the system keeps the files in memory is not known: these may be reads from there, not from a disk")
	case resident > mostResident:
		w.notes = append(w.notes, fmt.Sprintf("the system keeps %.0f %% of the files of %s in memory: these are reads from there, not from a disk",
			100*resident, os.TempDir()))
	}
	return err
}

// simulateFleet starts a fleet.
func (w *workload) simulateFleet(ctx context.Context, o *comparing) error {
	w.items = o.simulate
	_, err := w.serve(ctx, "--hosts", strconv.Itoa(o.simulate), "--latency", o.latency.String(), "--dir", w.dir)
	w.hosts = filepath.Join(w.dir, "hosts")
	w.options = append(w.options, "-i", filepath.Join(w.dir, "id"), "--known-hosts", filepath.Join(w.dir, "known_hosts"))
	return err
}

// serve starts a simulated server in a process of its own, and returns what it says when it is ready.
func (w *workload) serve(ctx context.Context, args ...string) (string, error) {
	self, err := launch.Self()
	if err != nil {
		return "", err
	}
	spec := child.Spec{Path: self, Argv0: "muster"}
	spec.Args = slices.Concat([]string{"simulate", "--until-eof"}, noDefaults, args)
	server, err := child.Start(spec)
	if err != nil {
		return "", fmt.Errorf("workload %s: %w", w.Name, err)
	}
	w.server = server
	defer context.AfterFunc(ctx, func() { server.Kill() })()
	line, err := bufio.NewReader(server).ReadString('\n')
	address, ready := strings.CutPrefix(strings.TrimSpace(line), "ready: ")
	if err != nil || !ready {
		server.Kill()
		return "", fmt.Errorf("workload %s: its server: %s", w.Name, server.Wait())
	}
	return address, nil
}

// close ends and removes what the workload made.
func (w *workload) close() error {
	if w.server != nil {
		w.server.CloseWrite()
		go io.Copy(io.Discard, w.server)
		select {
		case <-w.server.Ended():
		case <-w.taker.Now:
			w.server.Kill()
		}
		w.server.Wait()
	}
	return os.RemoveAll(w.dir)
}

// args are the arguments of a sample.
func (w *workload) args(arm compare.Arm) []string {
	options := slices.Concat(w.options, arm.Args())
	if w.hosts != "" {
		options = append(options, "-H", w.hosts)
	}
	switch w.Name {
	case "stats":
		return append([]string{"collect"}, options...)
	case "script":
		return slices.Concat([]string{"run"}, options, []string{"--"}, w.words)
	}
	kind := w.kind(arm)
	if needs(kind).dir {
		options = append(options, "--dir", w.files)
	}
	if needs(kind).server {
		options = append(options, "--server", w.address)
	}
	return append([]string{"synthetic", kind, strconv.Itoa(compare.Workload{Name: w.Name, Items: w.items}.ItemsOf(arm.Kind))}, options...)
}

// kind is the kind of the items of a sample of arm: where all are done together, the workload's own.
func (w *workload) kind(arm compare.Arm) string {
	if arm.Kind == "" || arm.Kind == compare.Together {
		return w.Name
	}
	return arm.Kind
}

// ready has the system forget the files that a sample of arm reads.
func (w *workload) ready(arm compare.Arm) error {
	if !needs(w.kind(arm)).dir {
		return nil
	}
	_, _, err := scratch.Drop(w.files)
	return err
}
