package remote

import (
	"context"
	"strings"
	"testing"
	"time"

	"muster/internal/fleet"
)

func TestRunLocal(t *testing.T) {
	for _, tt := range []struct {
		line   string
		status fleet.Status
		phase  fleet.Phase
		code   int
		out    string
		text   string
	}{
		{"echo hello; echo oops >&2", fleet.StatusOK, "", 0, "hello\n", ""},
		{"cat", fleet.StatusOK, "", 0, "", ""},
		{"echo so far; echo why >&2; exit 7", fleet.StatusExit, fleet.PhaseExec, 7, "so far\n", "exit status 7: why"},
		{"kill -KILL $$", fleet.StatusExit, fleet.PhaseExec, -1, "", "ended by signal KILL"},
		{"yes", fleet.StatusOutput, fleet.PhaseOutput, -1, strings.Repeat("y\n", 500), "more than 1000 bytes"},
		{"no-such-command", fleet.StatusExit, fleet.PhaseExec, 127, "", "exit status 127"},
	} {
		r := RunLocal(context.Background(), Command{Line: tt.line, MaxOutput: 1000}, time.Minute)
		if r.Status != tt.status || r.Phase != tt.phase || r.ExitCode != tt.code || string(r.Stdout) != tt.out || !strings.Contains(r.Err, tt.text) {
			t.Errorf("%s: %+v", tt.line, r)
		}
		if r.Duration <= 0 || r.StartedAt.IsZero() || tt.out != "" && r.Received.Before(r.StartedAt) {
			t.Errorf("%s: times of %+v", tt.line, r)
		}
	}
}

func TestRunLocalEnds(t *testing.T) {
	r := RunLocal(context.Background(), Command{Line: "sleep 1000 & sleep 1000", MaxOutput: 10}, 100*time.Millisecond)
	if r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseExec || r.Duration > 10*time.Second {
		t.Errorf("%+v", r)
	}
	r = RunLocal(context.Background(), Command{Line: "echo x; sleep 1000", MaxOutput: 10}, 100*time.Millisecond)
	if r.Status != fleet.StatusTimeout || r.Phase != fleet.PhaseOutput || string(r.Stdout) != "x\n" {
		t.Errorf("%+v", r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	r = RunLocal(ctx, Command{Line: "sleep 1000", MaxOutput: 10}, 0)
	if r.Status != fleet.StatusCanceled || r.Err == "" {
		t.Errorf("%+v", r)
	}
}
