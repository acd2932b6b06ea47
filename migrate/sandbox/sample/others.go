package sample

import (
	"path"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
)

// Types of entities that the client has no name for.
const (
	typeView   = "org.sagebionetworks.repo.model.table.EntityView"
	typeDocker = "org.sagebionetworks.repo.model.docker.DockerRepository"
)

// addOthers makes the entities that no STS folder takes.
func (m *maker) addOthers() error {
	if m.request.Plain {
		return nil
	}
	for _, one := range []describe.SampleOther{
		{Type: synapse.TypeTable, Path: "Results"},
		{Type: synapse.TypeTable, Path: folderReports + "/Measurements"},
		{Type: typeView, Path: "All files"},
		{Type: typeDocker, Path: "tool"},
	} {
		parent, err := m.folder(path.Dir(one.Path))
		if err != nil {
			return err
		}
		one.ID, err = m.Synapse.AddEntity(m.owner(), parent, one.Type, path.Base(one.Path))
		if err != nil {
			return err
		}
		m.made.Others = append(m.made.Others, one)
	}
	link := describe.SampleOther{Type: synapse.TypeLink, Path: folderReports + "/Shortcut"}
	id, err := m.Synapse.AddLink(m.owner(), m.folders[folderReports], path.Base(link.Path),
		synapse.Reference{TargetID: m.made.Files[0].ID, TargetVersionNumber: 1})
	link.ID = id
	m.made.Others = append(m.made.Others, link)
	return err
}

// addMentions makes wikis, DOIs and discussion threads.
func (m *maker) addMentions() error {
	for _, id := range []string{m.made.ID, m.folders[folderReports]} {
		if _, err := m.Synapse.AddWiki(id, "About"); err != nil {
			return err
		}
		m.made.Wikis++
	}
	for i := range m.made.Files {
		f := &m.made.Files[i]
		if path.Base(f.Path) != "history of own.csv" && path.Base(f.Path) != "large.bin" {
			continue
		}
		f.HasDOI = true
		if _, err := m.Synapse.AddDOI(f.ID, f.Current().Number); err != nil {
			return err
		}
		m.made.DOIs++
		if err := m.Synapse.AddThread(f.ID); err != nil {
			return err
		}
		m.made.Threads++
	}
	return nil
}

// restrict makes the access requirement of the controlled files: on the
// files themselves, or on the folder that they lie in.
func (m *maker) restrict() (err error) {
	var subjects []synapse.Subject
	for _, f := range m.made.Files {
		if !f.Controlled {
			continue
		}
		id := f.ID
		if path.Dir(f.Path) == folderControlled {
			id = m.folders[folderControlled]
		}
		subjects = append(subjects, synapse.Subject{ID: id, Type: synapse.SubjectEntity})
	}
	if len(subjects) == 0 {
		return nil
	}
	m.made.Requirement, err = m.Synapse.AddAccessRequirement(synapse.AccessRequirement{
		ConcreteType: synapse.TypeManagedRequirement, Name: "Data use of " + m.made.ID,
		SubjectIDs: subjects,
	})
	return err
}
