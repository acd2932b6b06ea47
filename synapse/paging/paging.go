// Package paging watches listings that come in pages, each of which says how
// the next one is asked for.
package paging

import "errors"

// ErrCircle is a listing that leads back to where it was: it would never end.
var ErrCircle = errors.New("the listing leads back to where it was")

// Circle notices when what leads to the next page comes again, be it at once
// or after many others. It remembers one token, whatever the number of pages,
// and so may notice it a few rounds late (Brent's cycle detection, 1980). The
// zero Circle is ready for use, by one listing.
type Circle struct {
	kept         string
	steps, power int
}

// Next takes the token of the next page, which must not be empty. It returns
// ErrCircle once they repeat.
func (c *Circle) Next(token string) error {
	if c.power > 0 && token == c.kept {
		return ErrCircle
	}
	if c.steps == c.power {
		c.kept, c.steps, c.power = token, 0, max(1, 2*c.power)
	}
	c.steps++
	return nil
}
