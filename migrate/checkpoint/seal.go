package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"synapse-migrate/planner"
)

// Seal computes the digest over the plan, all folders and all items, stores the
// plan, gives every item its first state, and makes the plan immutable. It
// returns it with Format, Header and Digest filled in, and SealedOn where it
// was zero. ErrSealed when that was done before. It takes seconds for a
// million items, and ends early with the context, leaving nothing behind.
func (p Planning) Seal(ctx context.Context, plan planner.Plan) (planner.Plan, error) {
	header, err := p.Header(ctx)
	if err != nil {
		return planner.Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	if plan.SealedOn.IsZero() {
		plan.SealedOn = time.Now()
	}
	plan.Header, plan.Format = header, planner.PlanFormat
	if plan, err = asStored(plan); err != nil {
		return planner.Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	err = p.submit(ctx, func(s *session) error { return planTables{s}.seal(ctx, &plan) })
	if err != nil {
		return planner.Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	return plan, nil
}

// asStored is the plan as it will be read again: the digest is over what the
// file holds, even where examples of keys are not UTF-8.
func asStored(p planner.Plan) (planner.Plan, error) {
	p.SealedOn = p.SealedOn.UTC()
	text, err := json.Marshal(p)
	if err != nil {
		return planner.Plan{}, err
	}
	var stored planner.Plan
	err = json.Unmarshal(text, &stored)
	return stored, err
}

func (t planTables) seal(ctx context.Context, p *planner.Plan) error {
	if err := t.growing(); err != nil {
		return err
	}
	if err := t.checkPlaces(); err != nil {
		return err
	}
	first := firstTallies{}
	digest, err := t.digest(ctx, *p, plannedItems(first.add))
	if err != nil {
		return err
	}
	p.Digest = digest
	if err := t.putMeta(metaPlan, *p); err != nil {
		return err
	}
	if err := t.putTallies(first); err != nil {
		return err
	}
	for _, statement := range append([]string{firstStates}, sealing...) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := t.conn.ExecContext(ctx, statement); err != nil {
			return classify(err)
		}
	}
	return nil
}

// firstStates turns a plan into work to be done. Nothing waits for an item
// that is left out.
var firstStates = `INSERT INTO state (id, state, waits)
	SELECT i.id, 'planned',
		(SELECT count(*) FROM item f WHERE i.follows > 0
			AND f.id = i.follows AND f.` + isActed + `) +
		(SELECT count(*) FROM item f WHERE i.shares > 0
			AND f.id = i.shares AND f.` + isActed + `)
	FROM item i WHERE i.` + isActed + ` ORDER BY i.id`

// firstTallies count the items of each action.
type firstTallies map[planner.Action]Tally

func (f firstTallies) add(item planner.Item) {
	t := f[item.Action]
	t.Items++
	t.SizeBytes += item.Source.SizeBytes
	f[item.Action] = t
}

// putTallies stores the counts of a plan that has just been sealed, with a
// row for every state that its items can get to.
func (t planTables) putTallies(first firstTallies) error {
	for action, sum := range first {
		reach := []State{initial(action)}
		if reach[0] == StatePlanned {
			reach = transitions[StatePlanned] // itself first
		}
		for _, state := range reach {
			_, err := t.exec(`INSERT INTO tally
				(action, state, items, size, attempts) VALUES (?, ?, ?, ?, 0)`,
				string(action), string(state), sum.Items, sum.SizeBytes)
			if err != nil {
				return err
			}
			sum = Tally{}
		}
	}
	return nil
}

// placeChecks find a folder or an item that the plan refers to and lacks.
var placeChecks = []struct{ what, query string }{
	{"folder", `SELECT id FROM (
			SELECT DISTINCT folder_id AS id FROM item
			UNION SELECT parent_id FROM folder)
		WHERE id <> 0 AND id NOT IN (SELECT id FROM folder) LIMIT 1`},
	{"item", `SELECT follows FROM item WHERE follows > 0
		AND follows NOT IN (SELECT id FROM item) LIMIT 1`},
	{"item", `SELECT shares FROM item WHERE shares > 0
		AND shares NOT IN (SELECT id FROM item) LIMIT 1`},
}

// checkPlaces fails with ErrNotInPlan for what placeChecks find.
func (t planTables) checkPlaces() error {
	for _, check := range placeChecks {
		var missing int64
		err := t.row(check.query, nil, &missing)
		if err == nil {
			return fmt.Errorf("%s %d: %w", check.what, missing, ErrNotInPlan)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return nil
}
