package cli

import "sync"

// queue hands things over in their order. Whoever puts something in never waits for the one who takes.
type queue[T any] struct {
	mu      sync.Mutex
	some    *sync.Cond // there is something to take, or it is closed
	waiting []T
	closed  bool
}

func newQueue[T any]() *queue[T] {
	q := new(queue[T])
	q.some = sync.NewCond(&q.mu)
	return q
}

func (q *queue[T]) put(thing T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, thing)
	q.some.Signal()
}

// close says that nothing more will come.
func (q *queue[T]) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.some.Signal()
}

// take waits until there is something, and returns all that there is; nothing once the queue is closed and empty. The one
// who takes is done with what he took before, which holds what is put in next.
func (q *queue[T]) take(before []T) []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.some.Wait()
	}
	taken := q.waiting
	clear(before)
	q.waiting = before[:0]
	return taken
}
