package checkpoint

import (
	"context"
	"errors"
	"fmt"
)

// Discard deletes a run file in which nothing was planned yet, and closes
// it: what is left of a command that failed before it listed anything. A
// file that holds an item is left as it is, and open.
// ErrReadOnly for one that OpenReadOnly opened: another process may have it.
// ErrMoved where another file is at the path by now, which is left alone.
func (f *File) Discard(ctx context.Context) error {
	if f.lock == nil {
		return fmt.Errorf("discarding run file %s: %w", f.path, ErrReadOnly)
	}
	cursor, err := f.Cursor(ctx)
	if err != nil {
		return err
	}
	if cursor.LastItemID > 0 || cursor.Done {
		return fmt.Errorf("discarding run file %s: it holds a plan", f.path)
	}
	f.closing.Do(func() {
		held := f.lock
		f.lock = nil
		f.closed = f.close()
		err := f.place.check()
		if err == nil {
			err = remove(f.path, f.path+walSuffix, f.path+shmSuffix)
		}
		f.closed = errors.Join(f.closed, err)
		held.release()
	})
	return f.closed
}
