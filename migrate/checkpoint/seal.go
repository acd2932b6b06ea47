package checkpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"database/sql"

	"synapse-migrate/planner"
)

// Seal computes the digest over p, all folders and all items, stores the
// plan, gives every item its first state, and makes the plan immutable. It
// returns p with Format, Header and Digest filled in, and SealedOn where it
// was zero. ErrSealed when that was done before. It takes seconds for a
// million items, and ends early with the context, leaving nothing behind.
func (f *File) Seal(ctx context.Context, p planner.Plan) (planner.Plan, error) {
	header, err := f.Header(ctx)
	if err != nil {
		return planner.Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	if p.SealedOn.IsZero() {
		p.SealedOn = time.Now()
	}
	p.Header, p.Format = header, planner.PlanFormat
	if p, err = asStored(p); err != nil {
		return planner.Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	err = f.submit(ctx, func(s *session) error { return s.seal(ctx, &p) })
	if err != nil {
		return planner.Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	return p, nil
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

func (s *session) seal(ctx context.Context, p *planner.Plan) error {
	if err := s.growing(); err != nil {
		return err
	}
	if err := s.checkPlaces(); err != nil {
		return err
	}
	digest, err := s.digest(ctx, *p)
	if err != nil {
		return err
	}
	p.Digest = digest
	if err := s.putMeta(metaPlan, *p); err != nil {
		return err
	}
	for _, statement := range append(firstStates(), sealing...) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := s.conn.ExecContext(ctx, statement); err != nil {
			return classify(err)
		}
	}
	return nil
}

// firstStates are the statements that turn a plan into work to be done.
func firstStates() []string {
	return []string{
		`INSERT INTO state (id, state)
			SELECT id, 'planned' FROM item WHERE ` + isActed + ` ORDER BY id`,
		`INSERT INTO tally (action, state, items, size, attempts)
			SELECT action, CASE action WHEN 'skip' THEN 'skipped'
				WHEN 'block' THEN 'blocked' ELSE 'planned' END,
				count(*), sum(size), 0 FROM item GROUP BY action`,
		`INSERT INTO tally (action, state, items, size, attempts)
			SELECT action, column1, 0, 0, 0 FROM tally, (VALUES
				('transferred'), ('handled'), ('done'), ('failed'))
			WHERE state = 'planned'`,
	}
}

// checkPlaces finds items and folders in folders that the plan lacks.
func (s *session) checkPlaces() error {
	var missing int64
	err := s.row(`SELECT id FROM (
			SELECT DISTINCT folder_id AS id FROM item
			UNION SELECT parent_id FROM folder)
		WHERE id <> 0 AND id NOT IN (SELECT id FROM folder) LIMIT 1`,
		nil, &missing)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("folder %d: %w", missing, ErrNotInPlan)
}
