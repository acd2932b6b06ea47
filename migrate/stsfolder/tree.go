package stsfolder

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// maxExamples is how many of what is wrong are named.
const maxExamples = 5

// TreeReader is what is asked of Synapse to go through a tree.
type TreeReader interface {
	ChildrenPage(ctx context.Context, r synapse.ChildrenRequest) (synapse.ChildrenPage, error)
	Bundle(ctx context.Context, id string, r synapse.BundleRequest) (synapse.Bundle, error)
	UploadSetting(ctx context.Context, id string) (*synapse.UploadSetting, error)
	RestrictionInformationBatch(ctx context.Context, ids []string) ([]synapse.RestrictionInformation, error)
}

// found is what was met of one kind: how many, and the first of them.
type found struct {
	n        int
	examples []string
}

func (f *found) add(h synapse.EntityHeader, what string) {
	f.n++
	if len(f.examples) < maxExamples {
		f.examples = append(f.examples, fmt.Sprintf("%s %q%s", h.ID, h.Name, what))
	}
}

// row is wrong where something was met.
func (f *found) row(check, fine, hint string) Row {
	if f.n == 0 {
		return ok(check, "%s", fine)
	}
	detail := fmt.Sprintf("%d: %s", f.n, strings.Join(f.examples, ", "))
	if f.n > len(f.examples) {
		detail += ", ..."
	}
	return wrong(check, detail, hint)
}

// tree is a walk through an STS folder.
type tree struct {
	ctx  context.Context
	s    TreeReader
	view View
	// files is how many files are looked at yet; below 0 is all.
	files int

	folders, allFiles, looked                            int
	others, settings, sharing, requirements, outsideFile found
}

// CheckTree goes through all below an STS folder. Its calls: one for each 50
// children, one for each folder, one more for each without children, one for
// each 50 entities, and one for each file, of which maxFiles are looked at;
// below 0 is all. Memory grows with the folders only.
func CheckTree(ctx context.Context, s TreeReader, v View, maxFiles int) ([]Row, error) {
	t := tree{ctx: ctx, s: s, view: v, files: maxFiles}
	queue := []string{v.ID}
	for len(queue) > 0 {
		more, err := t.folder(queue[0])
		if err != nil {
			return nil, fmt.Errorf("going through %s: %w", v.ID, err)
		}
		queue = append(queue[1:], more...)
	}
	return t.rows(), nil
}

// folder looks at the children of one folder and returns its folders.
func (t *tree) folder(id string) (folders []string, err error) {
	met := 0
	r := synapse.ChildrenRequest{ParentID: id, IncludeTypes: synapse.ChildTypes()}
	for page, err := range synapse.ChildrenPages(t.ctx, t.s.ChildrenPage, r) {
		if err != nil {
			return nil, err
		}
		if err := t.page(page.Page); err != nil {
			return nil, err
		}
		for _, h := range page.Page {
			if h.Type == synapse.TypeFolder {
				folders = append(folders, h.ID)
			}
		}
		met += len(page.Page)
	}
	if met == 0 {
		err = t.unlisted(id)
	}
	return folders, err
}

// unlisted finds content of types that this program doesn't know, or that the
// caller may not see: Synapse lists neither.
func (t *tree) unlisted(id string) error {
	b, err := t.s.Bundle(t.ctx, id, synapse.BundleRequest{IncludeEntity: true, IncludeHasChildren: true})
	if err == nil && b.Entity != nil && b.HasChildren != nil && *b.HasChildren {
		t.others.add(synapse.EntityHeader{ID: id, Name: b.Entity.Name}, " (holds something that Synapse doesn't list)")
	}
	return err
}

func (t *tree) page(page []synapse.EntityHeader) error {
	for _, h := range page {
		var err error
		switch h.Type {
		case synapse.TypeFolder:
			t.folders++
			err = t.subFolder(h)
		case synapse.TypeFile:
			t.allFiles++
			err = t.file(h)
		default:
			t.others.add(h, " ("+shortType(h.Type)+")")
		}
		if err != nil {
			return err
		}
		if strings.TrimPrefix(h.ID, "syn") == strconv.FormatInt(h.BenefactorID, 10) {
			t.sharing.add(h, "")
		}
	}
	return t.restrictions(page)
}

// shortType is the last part of a concrete type.
func shortType(concrete string) string { return concrete[strings.LastIndexByte(concrete, '.')+1:] }

// subFolder finds an upload setting below the STS folder's.
func (t *tree) subFolder(h synapse.EntityHeader) error {
	setting, err := t.s.UploadSetting(t.ctx, h.ID)
	if err == nil && setting != nil {
		t.settings.add(h, fmt.Sprintf(" (storage locations %v)", setting.Locations))
	}
	return err
}

// file finds a file whose bytes lie in another location. Whose handle the
// caller may not see isn't judged.
func (t *tree) file(h synapse.EntityHeader) error {
	if t.files == 0 {
		return nil
	}
	t.files--
	t.looked++
	b, err := t.s.Bundle(t.ctx, h.ID, synapse.BundleRequest{IncludeEntity: true, IncludeFileHandles: true})
	if err != nil || b.Entity == nil {
		return err
	}
	for _, handle := range b.FileHandles {
		if handle.ID != b.Entity.DataFileHandleID {
			continue // a preview
		}
		if l := handle.StorageLocationID; l == nil || *l != t.view.Destination.StorageLocationID {
			t.outsideFile.add(h, "")
		}
	}
	return nil
}

// restrictions finds access requirements that hold for parts of the tree
// only.
func (t *tree) restrictions(page []synapse.EntityHeader) error {
	ids := make([]string, 0, len(page))
	for _, h := range page {
		ids = append(ids, h.ID)
	}
	for batch := range slices.Chunk(ids, synapse.MaxRestrictionBatch) {
		all, err := t.s.RestrictionInformationBatch(t.ctx, batch)
		if err != nil {
			return err
		}
		for i, r := range all[:min(len(all), len(batch))] {
			for _, d := range r.RestrictionDetails {
				if !slices.Contains(t.view.Requirements, d.AccessRequirementID) {
					at := slices.Index(ids, batch[i])
					t.requirements.add(page[at], fmt.Sprintf(" (requirement %d)", d.AccessRequirementID))
				}
			}
		}
	}
	return nil
}

// rows are the statuses.
func (t *tree) rows() []Row {
	rows := []Row{
		t.others.row("content", planner.Plural(int64(t.folders), "folder", "folders")+" and "+planner.Plural(int64(t.allFiles), "file", "files")+
			", and nothing else",
			"move tables, links, record sets and the like out: an STS folder holds files and folders only"),
		t.settings.row("settings below", "no folder has a storage location of its own",
			"remove the setting in Synapse: the credentials don't reach what is stored there"),
		t.sharing.row("sharing below", "everything has the folder's sharing settings",
			"take the settings away: the credentials of the folder reach all of it, whatever they say"),
		t.requirements.row("requirements below", "none but the folder's",
			"set the requirement on the whole folder: its credentials reach what it should guard"),
	}
	return append(rows, t.fileRow())
}

// fileRow says how many files were looked at.
func (t *tree) fileRow() Row {
	const check = "files' storage"
	if t.outsideFile.n > 0 || t.looked == t.allFiles {
		return t.outsideFile.row(check, fmt.Sprintf("all %d files lie in the folder's storage location", t.looked),
			"migrate project brings these files here: the folder's credentials don't reach them where they are")
	}
	return Row{Check: check, Status: StatusUnknown,
		Detail: fmt.Sprintf("%d of %d files were looked at, and lie in the folder's storage location", t.looked, t.allFiles),
		Hint:   "--max-files -1 looks at all, with a call each"}
}
