package migrate

import (
	"context"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// linkName is what the activity that says where a file was migrated from is
// called.
const linkName = "Migrated"

// generatedBy is the activity that the call which makes an entry's version is
// to name; empty for none. What another attempt made is used again; one whose
// answer was lost stays behind, with nothing that refers to it.
func (r *run) generatedBy(ctx context.Context, e checkpoint.Entry) (string, error) {
	if e.Origin == nil || r.project == nil {
		return "", nil
	}
	switch r.project.Provenance {
	case planner.ProvenanceKeep, "":
		return e.Origin.ActivityID, nil
	case planner.ProvenanceLink:
		return r.link(ctx, e)
	}
	return "", nil
}

// link makes an activity that names the version which the entry's is made of.
func (r *run) link(ctx context.Context, e checkpoint.Entry) (string, error) {
	if id, ok := r.links.get(e.ID); ok {
		return id, nil
	}
	made, err := effect.Call(ctx, r.effects, opActivity, func(ctx context.Context) (synapse.Activity, error) {
		return r.deps.Synapse.CreateActivity(ctx, synapse.Activity{
			Name: linkName,
			Used: []synapse.Used{{
				ConcreteType: synapse.TypeUsedEntity,
				Reference: &synapse.Reference{
					TargetID: e.Origin.EntityID, TargetVersionNumber: e.Origin.Version,
				},
			}},
		})
	})
	if err != nil {
		return "", err
	}
	r.links.put(e.ID, made.ID)
	return made.ID, nil
}
