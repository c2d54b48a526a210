package worker

import (
	"context"
	"io"
	"maps"
	"os"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// Hello comes first, before anything is read.
func TestHelloFirst(t *testing.T) {
	t.Setenv("SLURMD_NODENAME", "")
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		in := readerFunc(func([]byte) (int, error) { reads++; return 0, io.EOF })
		stdout, out := io.Pipe()
		served := make(chan error)
		go func() {
			err := Serve(t.Context(), in, out, visiting(ok))
			out.Close()
			served <- err
		}()
		synctest.Wait()
		if reads > 0 {
			t.Error("read before its hello was taken")
		}
		up, err := wire.NewUpReader(stdout, false).Next()
		if err != nil || up.Hello == nil {
			t.Fatalf("%+v, %v", up, err)
		}
		node, _ := os.Hostname()
		if h := *up.Hello; h.Protocol != wire.Version || h.Build != wire.BuildID() || h.PID != os.Getpid() || h.Node != node {
			t.Errorf("%+v", h)
		}
		if err := <-served; err == nil || err.Error() != "input ended before a job came" {
			t.Error(err)
		}
	})
}

// Where a cluster has a name for the machine, that is what it is called: several nodes may be one machine.
func TestNode(t *testing.T) {
	t.Setenv("SLURMD_NODENAME", "node7")
	if got := node(); got != "node7" {
		t.Error(got)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Every host gets exactly one outcome, in whatever batches it comes.
func TestOneOutcomeEach(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fanout := rapid.IntRange(1, 5).Draw(rt, "fanout")
		batches := rapid.SliceOfN(rapid.IntRange(0, 7), 0, 5).Draw(rt, "batches")
		total := 0
		for _, n := range batches {
			total += n
		}
		with(t, visiting(ok), func(p *parent) {
			p.hello()
			p.send(job(fanout, max(total, fanout)))
			go func() {
				num := 0
				for _, n := range batches {
					batch := []int{}
					for range n {
						num++
						batch = append(batch, num)
					}
					p.send(hosts(batch...))
				}
				p.send(end())
			}()
			got := p.outcomes()
			for num := 1; num <= total; num++ {
				if got[num] != fleet.StatusOK {
					t.Errorf("host %d: %q", num, got[num])
				}
			}
			if len(got) != total {
				t.Errorf("%d outcomes of %d hosts", len(got), total)
			}
		})
	})
}

// The end of the input stops a worker at any time: what has begun is canceled, the rest is skipped, and done follows.
func TestEndOfInputIsStop(t *testing.T) {
	tests := map[string]struct {
		down   []wire.Down
		starts int
		want   map[int]fleet.Status
	}{
		"after job":   {[]wire.Down{job(2, 4)}, 0, map[int]fleet.Status{}},
		"after end":   {[]wire.Down{job(2, 4), hosts(1), end()}, 1, map[int]fleet.Status{1: "canceled"}},
		"after hosts": {[]wire.Down{job(2, 4), hosts(1, 2, 3, 4)}, 2, map[int]fleet.Status{1: "canceled", 2: "canceled", 3: "skipped", 4: "skipped"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			with(t, visiting(hang), func(p *parent) {
				p.hello()
				p.send(tt.down...)
				for range tt.starts {
					if up := p.next(); up.Start == nil {
						t.Errorf("%+v", up)
					}
				}
				p.in.Close()
				if got := p.outcomes(); !maps.Equal(got, tt.want) {
					t.Errorf("%v, want %v", got, tt.want)
				}
			})
		})
	}
	t.Run("torn line", func(t *testing.T) {
		with(t, visiting(hang), func(p *parent) {
			p.hello()
			p.send(job(1, 2))
			io.WriteString(p.in, `{"end":{`)
			p.in.Close()
			if got := p.outcomes(); len(got) > 0 {
				t.Error(got)
			}
		})
	})
}

// A cancelled context, which is what Terminate does to a goroutine, stops as the end of the input does.
func TestContextIsStop(t *testing.T) {
	with(t, visiting(hang), func(p *parent) {
		p.hello()
		p.send(job(1, 2), hosts(1, 2))
		p.next()
		p.cancel()
		if got := p.outcomes(); got[1] != fleet.StatusCanceled || got[2] != fleet.StatusSkipped {
			t.Error(got)
		}
	})
}

type taskFunc func(ctx context.Context, hosts <-chan fleet.Host, emit Emit) error

func (f taskFunc) Do(ctx context.Context, feed Feed, emit Emit) error {
	return f(ctx, feed.Hosts, emit)
}

func TestTaskErrors(t *testing.T) {
	lazy := taskFunc(func(_ context.Context, hosts <-chan fleet.Host, _ Emit) error {
		for range hosts {
		}
		return nil
	})
	broken := taskFunc(func(context.Context, <-chan fleet.Host, Emit) error { return errBroken })
	tests := map[string]struct {
		open Open
		want string
	}{
		"leaves hosts": {opened(lazy), "task test: 2 hosts were left without an outcome"},
		"fails":        {opened(broken), "task test: broken"},
		"unknown":      {func(wire.Job, Ask) (Task, error) { return nil, errBroken }, "task test: broken"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			with(t, tt.open, func(p *parent) {
				p.hello()
				go func() { // the task may have failed before it is told all
					for _, frame := range []wire.Down{job(1, 2), hosts(1, 2), end()} {
						line, _ := wire.EncodeDown(frame)
						p.in.Write(line)
					}
				}()
				p.fails(tt.want)
			})
		})
	}
}

// A group's outcome answers for every host that has none of its own.
func TestGroup(t *testing.T) {
	script := taskFunc(func(_ context.Context, hosts <-chan fleet.Host, emit Emit) error {
		all := []fleet.Host{}
		for h := range hosts {
			all = append(all, h)
			emit(fleet.Start{Num: h.Num})
		}
		emit(fleet.Output{Group: true, Data: []byte("out")})
		emit(fleet.Outcome{Num: all[0].Num, Status: fleet.StatusOK})
		emit(fleet.Group{Status: fleet.StatusExit, ExitCode: 3})
		return nil
	})
	with(t, opened(script), func(p *parent) {
		p.hello()
		go p.send(job(3, 3), hosts(1, 2, 3), end())
		var kinds []string
		for _, up := range p.rest() {
			switch {
			case up.Start != nil:
				kinds = append(kinds, "start")
			case up.Output != nil:
				kinds = append(kinds, "output "+string(up.Output.Data))
			case up.Outcome != nil:
				kinds = append(kinds, "outcome")
			case up.Group != nil && up.Group.ExitCode == 3:
				kinds = append(kinds, "group")
			case up.Done != nil && up.Done.Outcomes == 1:
				kinds = append(kinds, "done")
			}
		}
		if want := []string{"start", "start", "start", "output out", "outcome", "group", "done"}; !slices.Equal(kinds, want) {
			t.Error(kinds)
		}
		if err := <-p.served; err != nil {
			t.Error(err)
		}
	})
}

// whole is a task for a group.
type whole func(group Labels, emit Emit) error

func (f whole) Do(_ context.Context, feed Feed, emit Emit) error { return f(<-feed.Group, emit) }

// A group comes whole, its labels byte for byte, under the numbers that follow the first.
func TestItems(t *testing.T) {
	var got Labels
	take := whole(func(group Labels, emit Emit) error {
		got = group
		emit(fleet.Start{Attempt: 1})
		emit(fleet.Group{Status: fleet.StatusOK})
		return nil
	})
	with(t, opened(take), func(p *parent) {
		p.hello()
		go p.send(job(1, 9), items(7, "a\n\n a\r\n"), items(10, "\xff\x00\n"), end())
		p.outcomes()
	})
	want := Labels{First: 7, Count: 4, Lines: []byte("a\n\n a\r\n\xff\x00\n")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	all := map[int]string{7: "a", 8: "", 9: " a\r", 10: "\xff\x00"}
	if diff := cmp.Diff(all, maps.Collect(got.All())); diff != "" {
		t.Error(diff)
	}
}

// A job is opened with its input, put together in order.
func TestInput(t *testing.T) {
	var got wire.Job
	open := func(job wire.Job, _ Ask) (Task, error) {
		got = job
		return PerHost(1, nil), nil
	}
	with(t, open, func(p *parent) {
		p.hello()
		go p.send(reading(6), input("a\n"), input(""), input("\xffcd"), input("e"), end())
		p.outcomes()
	})
	if string(got.Input) != "a\n\xffcde" || got.InputBytes != 6 {
		t.Errorf("%q of %d bytes", got.Input, got.InputBytes)
	}
}

// The start of a script is no host's: when the worker is stopped before its group's outcome, only hosts are answered for.
func TestStartOfAGroup(t *testing.T) {
	script := taskFunc(func(ctx context.Context, _ <-chan fleet.Host, emit Emit) error {
		emit(fleet.Start{Attempt: 1})
		<-ctx.Done()
		return nil
	})
	with(t, opened(script), func(p *parent) {
		p.hello()
		p.send(job(1, 2), hosts(1, 2))
		if up := p.next(); up.Start == nil || *up.Start != (fleet.Start{Attempt: 1}) {
			t.Errorf("%+v", up)
		}
		p.in.Close()
		if got := p.outcomes(); len(got) != 2 {
			t.Error(got)
		}
	})
}
