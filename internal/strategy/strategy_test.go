package strategy

import "testing"

func TestPlans(t *testing.T) {
	roomy := Limits{Hosts: 1000, Cores: 2, Files: 20000, Workers: 1000}
	for _, c := range []struct {
		ask    Ask
		limits Limits
		want   Plan
		notes  int
	}{
		{Ask{}, roomy, Plan{"hybrid", true, true, 2, 2, 64}, 0},
		{Ask{Strategy: "processes", Chunks: 8}, roomy, Plan{"processes", true, true, 8, 8, 1}, 0},
		{Ask{Strategy: "threads", Chunks: 4}, roomy, Plan{"threads", false, false, 4, 4, 1}, 0},
		{Ask{Strategy: "async"}, roomy, Plan{"async", false, true, 1, 1, 64}, 0},
		{Ask{Strategy: "serial"}, roomy, Plan{"serial", false, true, 1, 1, 1}, 0},
		{Ask{Chunks: 8, MaxProcs: 2}, roomy, Plan{"hybrid", true, true, 8, 2, 64}, 0},
		{Ask{}, Limits{Hosts: 1, Cores: 8, Files: 1024, Workers: 1000}, Plan{"hybrid", true, true, 1, 1, 64}, 0},
		{Ask{}, Limits{Cores: 2, Files: 1024, Workers: 1000}, Plan{"hybrid", true, true, 0, 0, 64}, 0},
		// never over 512 in flight: said only where the user asked for more
		{Ask{}, Limits{Hosts: 1000, Cores: 16, Files: 20000, Workers: 1000}, Plan{"hybrid", true, true, 16, 16, 32}, 0},
		{Ask{Chunks: 4, Fanout: 1000}, roomy, Plan{"hybrid", true, true, 4, 4, 128}, 1},
		{Ask{Strategy: "processes", Chunks: 600}, roomy, Plan{"processes", true, true, 600, 512, 1}, 1},
		// descriptors
		{Ask{Chunks: 4}, Limits{Hosts: 100, Cores: 2, Files: 64, Workers: 1000}, Plan{"hybrid", true, true, 4, 4, 36}, 1},
		{Ask{Chunks: 4, Fanout: 64}, Limits{Hosts: 100, Cores: 2, Files: 64, Workers: 1000}, Plan{"hybrid", true, true, 4, 4, 36}, 1},
		{Ask{Strategy: "threads", Chunks: 4, Fanout: 64}, Limits{Hosts: 100, Cores: 2, Files: 64, Workers: 1000}, Plan{"threads", false, false, 4, 4, 9}, 1},
		{Ask{Chunks: 4}, Limits{Hosts: 100, Cores: 2, Files: 32, Workers: 1000}, Plan{"hybrid", true, true, 4, 1, 4}, 2},
		{Ask{Chunks: 4}, Limits{Hosts: 100, Cores: 2, Files: 64, HostFiles: 4, Workers: 1000}, Plan{"hybrid", true, true, 4, 4, 9}, 1},
		// processes and threads
		{Ask{}, Limits{Hosts: 100, Cores: 4, Files: 1024, Workers: 3}, Plan{"hybrid", true, true, 4, 3, 64}, 1},
		{Ask{Chunks: 8}, Limits{Hosts: 100, Cores: 4, Files: 1024, Workers: 1}, Plan{"hybrid", true, true, 8, 1, 64}, 1},
		{Ask{Strategy: "threads"}, Limits{Hosts: 100, Cores: 4, Files: 1024}, Plan{"threads", false, false, 4, 4, 1}, 0},
	} {
		got, notes, err := New(c.ask, c.limits)
		if err != nil || got != c.want || len(notes) != c.notes {
			t.Errorf("%+v under %+v:\n got %+v %q %v\nwant %+v", c.ask, c.limits, got, notes, err, c.want)
		}
		if got.InFlight() > MaxInFlight {
			t.Errorf("%+v: %d in flight", c.ask, got.InFlight())
		}
	}
}

func TestContradictions(t *testing.T) {
	roomy := Limits{Hosts: 10, Cores: 2, Files: 1024, Workers: 1000}
	for _, c := range []struct {
		ask    Ask
		limits Limits
		want   string
	}{
		{Ask{Strategy: "fast"}, roomy, `unknown strategy "fast": one of hybrid, processes, threads, async, serial`},
		{Ask{Strategy: "serial", Fanout: 2}, roomy, "strategy serial has one host in flight in each worker: --fanout 2 contradicts it"},
		{Ask{Strategy: "async", Chunks: 2}, roomy, "strategy async has one worker: --chunks 2 contradicts it"},
		{Ask{}, Limits{Hosts: 10, Cores: 2, Files: 20, Workers: 1000}, "20 open files allowed, 32 needed: raise ulimit -n"},
		{Ask{}, Limits{Hosts: 10, Cores: 2, Files: 1024}, ErrNoWorker.Error()},
	} {
		if _, _, err := New(c.ask, c.limits); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v", c.ask, err)
		}
	}
}
