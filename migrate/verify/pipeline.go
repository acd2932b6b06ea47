package verify

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// task compares something and returns its rows. Its error ends everything.
type task func(ctx context.Context) ([]Row, error)

// pending is a task that runs, and the channel for its rows.
type pending struct {
	do   task
	rows chan []Row
}

// ordered runs what walk hands out with that many workers, and gives emit
// their rows in the order in which they were handed out. Of the first error,
// wherever it is, all end.
func ordered(
	ctx context.Context, workers int,
	walk func(context.Context, func(task) error) error, emit func(Row) error,
) error {
	g, ctx := errgroup.WithContext(ctx)
	queue, work := make(chan *pending, window*workers), make(chan *pending)
	g.Go(func() error {
		defer close(queue)
		defer close(work)
		return walk(ctx, func(t task) error { return hand(ctx, t, queue, work) })
	})
	for range workers {
		g.Go(func() error {
			for j := range work {
				rows, err := j.do(ctx)
				if err != nil {
					return err
				}
				j.rows <- rows
			}
			return nil
		})
	}
	g.Go(func() error { return emitAll(ctx, queue, emit) })
	return g.Wait()
}

// hand queues a task, then waits for a worker.
func hand(ctx context.Context, t task, queue, work chan<- *pending) error {
	j := &pending{do: t, rows: make(chan []Row, 1)}
	for _, c := range []chan<- *pending{queue, work} {
		select {
		case c <- j:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// emitAll emits the rows of tasks in their order.
func emitAll(ctx context.Context, queue <-chan *pending, emit func(Row) error) error {
	for j := range queue {
		select {
		case rows := <-j.rows:
			for _, r := range rows {
				if err := emit(r); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// done is a task that has nothing to find out.
func done(rows ...Row) task {
	return func(context.Context) ([]Row, error) { return rows, nil }
}
