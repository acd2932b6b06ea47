package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// unregistered finds the objects below the base key that no file in the
// destination folder refers to, though anyone with credentials for the folder
// can read them. Only where there are objects that no version refers to which
// was looked at, the other versions, and the files that are extra, are looked
// at, too.
func (s objectSearch) unregistered(ctx context.Context, workers int, emit func(Row) error) error {
	broken, err := s.listObjects(ctx)
	if err != nil {
		return err
	}
	if err := s.lookFurther(ctx, workers); err != nil {
		return err
	}
	if err := s.emitFound(ctx, emit); err != nil || broken == nil {
		return err
	}
	row := s.objectRow(planner.Object{Bucket: s.destination().Bucket, Key: s.basePrefix()})
	row.note("the objects below the base key can't be listed, not all of them at least: " + broken.Error() +
		"; whether there are others than files refer to was not found out")
	row.conclude()
	return emit(row)
}

// basePrefix is what the keys begin with that the folder's credentials reach.
func (s objectSearch) basePrefix() string { return planner.UnderBase(s.destination().BaseKey, "") }

// listObjects notes the objects that nothing is known to refer to. What ends
// the listing early is broken.
func (s objectSearch) listObjects(ctx context.Context) (broken, err error) {
	prefix := s.basePrefix()
	for page, err := range s.deps.Objects.List(ctx, s.destination().Bucket, prefix, "") {
		if err != nil && ctx.Err() == nil {
			return err, nil
		}
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if isNoData(o, prefix) {
				continue
			}
			if err := s.seen.find(ctx, o); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// isNoData reports whether an object below the base key isn't meant to be of a
// file: the proof of the bucket's ownership, or what stands for a directory.
func isNoData(o planner.Object, prefix string) bool {
	return o.Key == prefix+planner.OwnerFile || o.SizeBytes == 0 && strings.HasSuffix(o.Key, "/")
}

// lookFurther looks at the versions that have not been read, as long as there
// are objects that one of them may refer to.
func (s objectSearch) lookFurther(ctx context.Context, workers int) error {
	if found, err := s.seen.anyFound(ctx); err != nil || !found {
		return err
	}
	if err := s.listFurther(ctx); err != nil {
		return err
	}
	return ordered(ctx, workers, func(ctx context.Context, hand func(task) error) error {
		after := ""
		for {
			found, err := s.seen.anyFound(ctx)
			if err != nil || !found {
				return err
			}
			files, err := s.seen.partlySeen(ctx, after)
			if err != nil || len(files) == 0 {
				return err
			}
			for _, f := range files {
				after = f.id
				if err := hand(func(ctx context.Context) ([]Row, error) { return nil, s.seeAll(ctx, f) }); err != nil {
					return err
				}
			}
		}
	}, func(Row) error { return nil })
}

// listFurther lists the folders that have not been listed: those that stand where
// the plan has, or leaves out, something else.
func (s objectSearch) listFurther(ctx context.Context) error {
	for {
		folders, err := s.seen.unlisted(ctx)
		if err != nil || len(folders) == 0 {
			return err
		}
		for _, id := range folders {
			for _, err := range s.list(ctx, id) {
				if err != nil {
					return err
				}
			}
		}
	}
}

// seeAll looks at the versions of a file that nobody has looked at.
func (s objectSearch) seeAll(ctx context.Context, f partlySeen) error {
	if f.current == 1 {
		return s.seeVersion(ctx, f.id, currentVersion)
	}
	all, err := s.deps.Synapse.AllVersions(ctx, f.id)
	if err != nil {
		return s.hiddenOr(f.id, err)
	}
	for _, v := range all {
		seen, err := s.seen.hasSeen(ctx, f.id, v.VersionNumber)
		if err == nil && !seen {
			err = s.seeVersion(ctx, f.id, v.VersionNumber)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// seeVersion looks at the file handles of a version.
func (s objectSearch) seeVersion(ctx context.Context, id string, number int64) error {
	b, err := s.ask(ctx, id, number, synapse.BundleRequest{IncludeEntity: true, IncludeFileHandles: true})
	if err != nil {
		return s.hiddenOr(id, err)
	}
	if b.Entity == nil || handleOf(b) == nil {
		s.hidden.Add(1)
	}
	return nil
}

// hiddenOr counts what Synapse doesn't show. What is gone refers to nothing.
func (s objectSearch) hiddenOr(id string, err error) error {
	switch {
	case errors.Is(err, synapse.ErrNotFound):
		return nil
	case errors.Is(err, synapse.ErrForbidden):
		s.hidden.Add(1)
		return nil
	}
	return fmt.Errorf("looking at the versions of %s: %w", id, err)
}

// emitFound emits the objects that no file is known to refer to.
func (s objectSearch) emitFound(ctx context.Context, emit func(Row) error) error {
	after := ""
	for {
		page, err := s.seen.foundPage(ctx, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, o := range page {
			after = o.Key
			row := s.objectRow(o)
			row.Verdict = VerdictUnregistered
			if n := s.hidden.Load(); n > 0 {
				row.note(fmt.Sprintf("%d file handles of files in the folder can't be seen; one of them may refer to it", n))
			}
			if err := emit(row); err != nil {
				return err
			}
		}
	}
}

// objectRow is the row of an object, whose path is what its key has below the
// base key.
func (s objectSearch) objectRow(o planner.Object) Row {
	return Row{
		Kind: KindObject, Path: strings.TrimPrefix(o.Key, s.basePrefix()), Bucket: o.Bucket, Key: o.Key,
		SizeBytes: o.SizeBytes, ETag: o.ETag,
	}
}
