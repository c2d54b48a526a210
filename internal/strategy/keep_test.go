package strategy

import "testing"

func TestKeepable(t *testing.T) {
	for _, tt := range []struct {
		plan   Plan
		limits Limits
		want   int
	}{
		{Plan{Processes: true, MaxProcs: 4, Fanout: 64}, Limits{Files: 1024}, 1024 - spareFiles - 64},
		{Plan{Processes: true, MaxProcs: 4, Fanout: 64}, Limits{Files: 1024, HostFiles: 4}, (1024-spareFiles)/4 - 64},
		{Plan{MaxProcs: 4, Fanout: 2}, Limits{Files: 1024}, (1024-spareFiles)/4 - 2},
		{Plan{Processes: true, MaxProcs: 1, Fanout: 4}, Limits{Files: 32}, 0},
	} {
		if got := tt.plan.Keepable(tt.limits); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}
