package worker

import (
	"context"
	"fmt"
	"math"
	"sync"

	"muster/internal/fleet"
	"muster/internal/wire"
)

// asks matches questions about host keys with their answers.
type asks struct {
	up *uplink

	mu      sync.Mutex
	last    int
	waiting map[int]chan<- fleet.Verdict // each of capacity 1, so that an answer never waits for the one who asked
}

func newAsks(up *uplink) *asks { return &asks{up: up, waiting: map[int]chan<- fleet.Verdict{}} }

func (a *asks) ask(ctx context.Context, key fleet.HostKey) (fleet.Verdict, error) {
	// The host chose the key, so that it fits no frame is the host's failure, not ours.
	if _, err := wire.EncodeUp(wire.Up{Ask: &wire.Ask{ID: math.MaxInt, HostKey: key}}); err != nil {
		return fleet.Verdict{}, fmt.Errorf("host key: %w", err)
	}
	verdict := make(chan fleet.Verdict, 1)
	a.mu.Lock()
	a.last++
	id := a.last
	a.waiting[id] = verdict
	a.mu.Unlock()

	a.up.send(wire.Up{Ask: &wire.Ask{ID: id, HostKey: key}})
	select {
	case v := <-verdict:
		return v, nil
	case <-ctx.Done():
		return fleet.Verdict{}, context.Cause(ctx)
	}
}

// answer delivers a verdict. One that nobody asked for is an error.
func (a *asks) answer(answer wire.Answer) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting, ok := a.waiting[answer.ID]
	if !ok {
		return fmt.Errorf("an answer to no question, id %d", answer.ID)
	}
	delete(a.waiting, answer.ID)
	waiting <- answer.Verdict
	return nil
}
