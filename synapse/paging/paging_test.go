package paging

import (
	"errors"
	"strconv"
	"testing"
)

func TestCircleIsNoticed(t *testing.T) {
	for _, tt := range []struct{ before, round int }{
		{0, 1}, {0, 2}, {0, 7}, {1, 1}, {5, 1}, {5, 3}, {100, 10}, {3, 100},
	} {
		var c Circle
		var err error
		n := 0
		for ; err == nil && n < 10*(tt.before+tt.round)+10; n++ {
			token := n
			if n >= tt.before {
				token = tt.before + (n-tt.before)%tt.round
			}
			err = c.Next(strconv.Itoa(token))
		}
		if !errors.Is(err, ErrCircle) {
			t.Errorf("%d tokens, then %d again and again: %v after %d", tt.before, tt.round, err, n)
		}
		if n <= tt.round {
			t.Errorf("%d tokens, then a round of %d: noticed after %d, before any came again", tt.before, tt.round, n)
		}
	}
}

func TestNoCircle(t *testing.T) {
	var c Circle
	for n := range 10_000 {
		if err := c.Next(strconv.Itoa(n)); err != nil {
			t.Fatalf("token %d: %v", n, err)
		}
	}
}
