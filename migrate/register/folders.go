package register

import (
	"context"
	"errors"
	"strconv"

	"golang.org/x/sync/singleflight"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// rememberedFolders is how many folders are kept in memory, at most twice
// that: a plan in key order needs a folder again soon, or never.
const rememberedFolders = 8192

var opNewFolder = effect.OnSynapse("create folder")

// Folders makes the plan's folders when they are first needed: once each and
// parents first. It is safe for concurrent use.
type Folders struct {
	entities
	calls singleflight.Group
	known *cache[int64, folderFate]
}

// folderFate is the entity of a folder, or why there can't be one.
type folderFate struct {
	entityID string
	err      error
}

func newFolders(e entities) *Folders {
	return &Folders{entities: e, known: newCache[int64, folderFate](rememberedFolders)}
}

// EntityID returns the entity of the plan's folder, creating it if need be;
// 0 is the destination folder. Those who ask for one folder at once share
// one call and its outcome. An error that lasts is remembered, any other
// leaves the next who asks to try again.
func (m *Folders) EntityID(ctx context.Context, id int64) (string, error) {
	if id == 0 {
		return m.To.FolderID, nil
	}
	if fate, ok := m.known.get(id); ok {
		return fate.entityID, fate.err
	}
	v, err, _ := m.calls.Do(strconv.FormatInt(id, 10), func() (any, error) {
		if fate, ok := m.known.get(id); ok {
			return fate.entityID, fate.err
		}
		entityID, err := m.ensure(ctx, id)
		if err == nil || ctx.Err() == nil && effect.Lasts(err) {
			m.known.put(id, folderFate{entityID, err})
		}
		return entityID, err
	})
	if err != nil {
		return "", err
	}
	return v.(string), nil
}

// ensure finds the folder in the run file, or makes it.
func (m *Folders) ensure(ctx context.Context, id int64) (string, error) {
	f, err := m.Records.Folder(ctx, id)
	if err != nil || f.EntityID != "" {
		return f.EntityID, err
	}
	parent, err := m.EntityID(ctx, f.ParentID)
	if err != nil {
		return "", err
	}
	entityID, err := m.create(ctx, parent, f)
	if err != nil {
		return "", err
	}
	return entityID, m.Records.RecordFolder(ctx, id, entityID)
}

// create makes one folder in one call, or adopts the folder that already has
// its name.
func (m *Folders) create(ctx context.Context, parent string, f planner.Folder) (string, error) {
	made, err := effect.Call(ctx, m.Effects, opNewFolder, func(ctx context.Context) (synapse.Entity, error) {
		return m.createEntity(ctx, parent, f)
	})
	lost := errors.Is(err, synapse.ErrUnknownOutcome)
	switch {
	case err == nil:
		m.FolderMade()
		return made.ID, nil
	case !lost && !errors.Is(err, synapse.ErrConflict):
		return "", err
	}
	found, look := m.child(ctx, parent, f.Name)
	switch {
	case lost && errors.Is(look, effect.ErrVanished):
		return "", err
	case look != nil:
		return "", look
	case found.ConcreteType != synapse.TypeFolder:
		return "", conflict(opNewFolder, found, "is not a folder")
	}
	return found.ID, nil
}

// createEntity makes the folder's entity, with what the source's says of
// itself.
func (m *Folders) createEntity(
	ctx context.Context, parent string, f planner.Folder,
) (synapse.Entity, error) {
	folder := synapse.Entity{ConcreteType: synapse.TypeFolder, Name: f.Name, ParentID: parent}
	if f.Origin == nil {
		return m.Synapse.CreateEntity(ctx, folder)
	}
	folder.Description = f.Origin.Description
	return createBundle(ctx, m.Synapse, folder, f.Origin.Annotations, synapse.WriteOptions{})
}
