package verify

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// item reads one item of the plan.
func (t *tree) item(ctx context.Context, id int64) (planner.Item, error) {
	for item, err := range t.deps.Plan.Items(ctx, planner.Filter{AfterID: id - 1, Limit: 1}) {
		return item, err
	}
	return planner.Item{}, fmt.Errorf("the plan has no item %d", id)
}

// compareThere hands out the comparison of an entity with the item that was
// left out since something was in its place. The plan has neither a key nor
// an MD5 for it: it is the source that the entity is compared with.
func (t *tree) compareThere(
	ctx context.Context, id int64, h synapse.EntityHeader, at string, hand func(task) error,
) error {
	item, err := t.item(ctx, id)
	if err != nil {
		return err
	}
	v := version{Item: item, brings: item, read: t.sample.next()}
	row := t.leftRow(item)
	row.Path, row.Verdict, row.EntityID = at, "", h.ID
	return hand(func(ctx context.Context) ([]Row, error) {
		return t.compare.lookThere(ctx, v, h, row)
	})
}

// lookThere compares an entity with the item that was left out for it.
func (c comparison) lookThere(
	ctx context.Context, v version, h synapse.EntityHeader, row Row,
) ([]Row, error) {
	if h.Type != synapse.TypeFile {
		row.differ(FieldType, synapse.TypeFile, h.Type)
		return concluded([]Row{row}), nil
	}
	b, err := c.bundle(ctx, h.ID, currentVersion)
	if err != nil {
		return unseen([]Row{row}, err)
	}
	x := c.expected(v)
	x.there, x.replaces = true, true
	f := file{path: row.Path, header: h, found: true}
	if err := c.compareSeen(ctx, f, x, currentVersion, b, &row); err != nil {
		return nil, err
	}
	if v.Rule == rules.ObjectsFileDiffers && row.Proof != ProofETag && row.Verdict == "" && row.Note == "" &&
		len(row.Differences) == 0 {
		row.note("the plan found it to have other content, or another key; " +
			"only another plan can tell whether it still has")
	}
	return concluded([]Row{row}), nil
}

// missThere hands out rows for what was there when it was planned, and
// was not found.
func (t *tree) missThere(ctx context.Context, hand func(task) error) error {
	for _, id := range t.left.unclaimed() {
		item, err := t.item(ctx, id)
		if err != nil {
			return err
		}
		row := t.leftRow(item)
		row.Verdict = ""
		row.missing(FieldEntity, row.Path)
		if err := hand(done(row)); err != nil {
			return err
		}
	}
	return nil
}
