package migrate

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// TestFirstItemsRefused: with the wrong credentials, a run doesn't fail all
// of its items.
func TestFirstItemsRefused(t *testing.T) {
	tests := []struct {
		name       string
		options    Options
		spare      string // an effect that is no refusal, once
		with       error
		wantFailed int64
		want       error
	}{
		{"all", Options{}, "", nil, mostRefused, ErrAllRefused},
		{"whoever says how many", Options{MaxErrors: 1000}, "", nil, 100, nil},
		{"but one", Options{}, "copy base/x0003", nil, 99, nil},
		{"all, at the destination", Options{}, "register base/x0003", nil, mostRefused, ErrAllRefused},
		{"but one, which is gone", Options{}, "copy base/x0003", transfer.ErrNotFound, 100, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				for i := range 100 {
					plan{w}.item(planner.ActionCopy, fmt.Sprintf("x%04d", i), "bytes", known)
				}
				w.at = func(_ int, effect string) fault {
					switch {
					case effect == test.spare && test.spare != "":
						return fault{before: test.with}
					case strings.HasPrefix(test.spare, "register ") && strings.HasPrefix(effect, "create "):
						return fault{before: &synapse.Error{Method: "POST", Path: "/repo/v1/entity", Status: 403}}
					case strings.HasPrefix(test.spare, "register "):
					case strings.HasPrefix(effect, "copy "):
						return fault{before: transfer.ErrDenied}
					}
					return fault{}
				}
				o := test.options
				o.Workers, o.RegisterWorkers = 1, 1
				s, err := Run(t.Context(), o, w.deps())
				if !errors.Is(err, test.want) || s.Counts.Failed != test.wantFailed {
					t.Errorf("%d failed and %v, want %d and %v", s.Counts.Failed, err, test.wantFailed, test.want)
				}
				if test.want != nil && !errors.Is(err, transfer.ErrDenied) && !errors.Is(err, synapse.ErrForbidden) {
					t.Errorf("%v doesn't say why", err)
				}
				for _, e := range w.entries {
					if f := e.Failure; f != nil && f.Class == "" {
						t.Errorf("item %d failed without a class", e.ID)
					}
				}
			})
		})
	}
}
