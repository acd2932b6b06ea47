package project

import (
	"context"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// Files that have moved already are no longer in the source. The server lets
// their older versions follow only after that (FileEntityMetadataProvider,
// October 2024 snapshot), so that a move whose run file is lost in between
// leaves files in the destination whose older versions lie elsewhere. A plan
// to move files with all their versions looks for them in the folders of the
// destination that it leads through, one call for a file that has ever had
// versions and one for each older one.

// movedAtOnce is how many files that may have moved are looked at between two
// points from which planning can go on.
const movedAtOnce = 50

// mayHaveMoved reports whether a child of the destination's folder may be a
// file of the source's folder that has moved, with older versions left
// behind. Which storage location it was in before, nothing tells.
func (w *walker) mayHaveMoved(sourceID string, h synapse.EntityHeader) bool {
	return w.project.Mode == planner.ModeMove && w.project.Versions == planner.VersionsAll &&
		h.Type == synapse.TypeFile && h.VersionNumber > 1 &&
		w.chosen.wantsMoved(sourceID, h.ID)
}

// byEntityName orders by name, byte for byte.
func byEntityName(a, b synapse.EntityHeader) int { return strings.Compare(a.Name, b.Name) }

// sendMoved sends the files of the folder that may have moved there already,
// a few at a time, behind those of the source.
func (w *walker) sendMoved(
	ctx context.Context, f planner.Folder, sourceID string, visits chan<- *visit,
) error {
	files := w.moved
	for w.movedAfter != nil && len(files) > 0 && files[0].Name <= *w.movedAfter {
		files = files[1:]
	}
	w.movedAfter = nil
	for len(files) > 0 {
		n := movedTogether(files)
		v := &visit{folder: f, sourceID: sourceID, lastFolderID: w.lastFolderID}
		for _, h := range files[:n] {
			v.children = append(v.children, &child{header: h, moved: true})
		}
		if n < len(files) {
			v.movedAfter = new(files[n-1].Name)
		}
		if err := w.send(ctx, v, visits); err != nil {
			return err
		}
		files = files[n:]
	}
	return nil
}

// movedTogether is how many files are sent at once, by their versions: never
// so many that they would be parted.
func movedTogether(files []synapse.EntityHeader) int {
	held := files[0].VersionNumber
	n := 1
	for n < min(len(files), movedAtOnce) && held+files[n].VersionNumber <= versionsHeld {
		held += files[n].VersionNumber
		n++
	}
	return n
}

// askMoved asks about the older versions of a file that may have moved.
func (w *walker) askMoved(ctx context.Context, c *child) error {
	err := w.askVersions(ctx, c, c.header.VersionNumber)
	if absent(err) {
		c.gone = true
		return nil
	}
	return err
}

// addMoved adds those older versions of a file that has moved already which
// don't lie in the destination's storage location yet. None waits for
// another, since the current version is where it belongs.
func (p *pager) addMoved(batch *planner.Batch, v *visit, versions []*entry) {
	active := false
	for _, e := range versions {
		if e.decision.Rule == rules.MoveVersionInPlace {
			continue
		}
		p.share(e)
		item := p.item(v, e)
		if e.active() {
			active = true
			p.bring(item, e)
			p.state.Tallies.Add(rules.MoveVersionsLeft, e.example(), e.sizeBytes())
		}
		p.count(e, item)
		batch.Items = append(batch.Items, item)
	}
	if active {
		p.state.Load.Count(true)
	}
}
