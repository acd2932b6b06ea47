package synapse

import (
	"fmt"

	"synapse-migrate/synapse/paging"
)

// offsetPages reads a list in pages of up to limit entries, each from how many
// were read before. The list has ended where a page is not full and no more are
// said to exist. A page that begins as an earlier one did, or is empty before
// all that exist were seen, is an error: the list would be cut short, or never
// end.
func offsetPages[T any](
	limit int, page func(offset int) (entries []T, total int64, err error), key func(T) string,
) ([]T, error) {
	var all []T
	var way paging.Circle
	for {
		entries, total, err := page(len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
		switch missing := int64(len(all)) < total; {
		case len(entries) < limit && !missing:
			return all, nil
		case len(entries) == 0:
			return nil, fmt.Errorf("%w: a page without entries, with %d of %d read", ErrNotSynapse, len(all), total)
		}
		if err := way.Next(key(entries[0])); err != nil {
			return nil, err
		}
	}
}
