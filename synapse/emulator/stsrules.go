package emulator

import "synapse-migrate/synapse"

// The STS rules inside the tree (StsManagerImpl, AllTypesValidatorImpl,
// FileEntityMetadataProvider, FolderMetadataProvider, EntityAclManagerImpl,
// AccessRequirementManagerImpl, TrashManagerImpl; October 2024 snapshot). A
// location argument is the first of the nearest setting of an entity, or a
// handle's; nil is none. All are 400.

// isSTS tells whether a location hands out credentials.
func isSTS(l *synapse.StorageLocation) bool {
	return l != nil && l.StsEnabled != nil && *l.StsEnabled
}

func sameLocation(a, b *synapse.StorageLocation) bool {
	return a != nil && b != nil && a.StorageLocationID == b.StorageLocationID
}

// stsFileRule guards a file whose handle is in location file and whose
// parent is under location parent.
func stsFileRule(parent, file *synapse.StorageLocation) error {
	if sameLocation(parent, file) {
		return nil
	}
	if isSTS(file) {
		return invalidf("Files in STS-enabled storage locations can only be placed " +
			"in folders with the same storage location")
	}
	if isSTS(parent) {
		return invalidf("Folders with STS-enabled storage locations can only accept " +
			"files with the same storage location")
	}
	return nil
}

// stsCreateRule guards a new entity of a kind under location parent.
func stsCreateRule(parent *synapse.StorageLocation, kind string) error {
	if isSTS(parent) && kind != synapse.TypeFile && kind != synapse.TypeFolder {
		return invalidf("Can only create Files and Folders inside STS-enabled folders")
	}
	return nil
}

// stsMoveRule guards a folder that moves from under location before to under
// location after; own tells whether the folder has an STS setting itself.
func stsMoveRule(own bool, before, after *synapse.StorageLocation) error {
	if own {
		if isSTS(after) {
			return invalidf("Cannot place an STS-enabled folder inside another STS-enabled folder")
		}
		return nil
	}
	if sameLocation(before, after) {
		return nil
	}
	if isSTS(before) {
		return invalidf("Folders in STS-enabled storage locations can only be placed " +
			"in folders with the same storage location")
	}
	if isSTS(after) {
		return invalidf("Non-STS-enabled folders cannot be placed inside STS-enabled folders")
	}
	return nil
}

// stsACLRule guards an ACL on an entity: inherited tells whether the STS
// setting in force is an ancestor's.
func stsACLRule(nearest *synapse.StorageLocation, inherited bool) error {
	if inherited && isSTS(nearest) {
		return invalidf("Cannot override ACLs in a child of an STS-enabled folder")
	}
	return nil
}

// stsRequirementRule guards an access requirement on an entity: inherited
// tells whether the STS setting in force is an ancestor's.
func stsRequirementRule(nearest *synapse.StorageLocation, inherited bool) error {
	if inherited && isSTS(nearest) {
		return invalidf("Cannot apply an access requirement to a child of an STS-enabled folder.")
	}
	return nil
}

// stsRestoreRule guards a file or folder that is restored under another
// parent than its original one.
func stsRestoreRule(parent *synapse.StorageLocation, kind string) error {
	if isSTS(parent) && (kind == synapse.TypeFile || kind == synapse.TypeFolder) {
		return invalidf("Entities can be restored to STS-enabled folders only if " +
			"that were its original parent")
	}
	return nil
}
