package choose_test

import (
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

const emptySum = "d41d8cd98f00b204e9800998ecf8427e"

// ownLocation is a storage location other than the destination's, 54321.
const ownLocation = 777

// handleOf is a file handle of 9 bytes in an S3 bucket.
func handleOf(bucketName, key string, location int64) *synapse.FileHandle {
	size := int64(9)
	return &synapse.FileHandle{
		ConcreteType: synapse.TypeS3FileHandle, ID: "900", BucketName: bucketName, Key: key,
		StorageLocationID: &location, ContentMD5: sum, ContentSize: &size,
		ContentType: "application/x-bam", FileName: "b.bam", Status: "AVAILABLE",
	}
}

// reached are the facts of a bucket in the destination's region, whose
// owner is the caller, as far as not edited.
func reached(edit func(*planner.Reach)) choose.LocationFacts {
	l := choose.LocationFacts{
		Owner: planner.OwnerCaller, ConcreteType: synapse.TypeExternalS3StorageLocation,
		Asked: true, Reach: planner.Reach{Region: "us-east-1"},
	}
	if edit != nil {
		edit(&l.Reach)
	}
	return l
}

func readableBucket(r *planner.Reach) { r.Credentials, r.Readable = "profile lab", true }

func copyableBucket(r *planner.Reach) {
	readableBucket(r)
	r.Copyable = true
}

// aFile is a current version, a/b.bam below the destination, whose object
// lies in a bucket of the caller's; readable through Synapse alone.
func aFile(edits ...func(*choose.FileFacts)) choose.FileFacts {
	f := choose.FileFacts{
		EntityID: "syn20", Version: 3, Current: true, Folder: "a", Name: "b.bam",
		Handle: handleOf("src", "7/uuid/b.bam", ownLocation), Location: reached(nil),
	}
	for _, edit := range edits {
		edit(&f)
	}
	return f
}

// headed adds what HeadObject says of the object that the handle is about.
func headed(f *choose.FileFacts) {
	f.Head = choose.HeadSeen
	f.Detail = planner.Detail{ETagsAreMD5: true, Object: planner.Object{
		Bucket: f.Handle.BucketName, Key: f.Handle.Key, ETag: f.Handle.ContentMD5,
	}}
	if f.Handle.ContentSize != nil {
		f.Detail.SizeBytes = *f.Handle.ContentSize
	}
}

// lying puts the object somewhere else in S3.
func lying(bucketName, key string, location int64) func(*choose.FileFacts) {
	return func(f *choose.FileFacts) { f.Handle = handleOf(bucketName, key, location) }
}

func reachedBy(edit func(*planner.Reach)) func(*choose.FileFacts) {
	return func(f *choose.FileFacts) { f.Location = reached(edit) }
}

func withHandle(edit func(*synapse.FileHandle)) func(*choose.FileFacts) {
	return func(f *choose.FileFacts) { edit(f.Handle) }
}

func ofSize(n int64) func(*choose.FileFacts) {
	return withHandle(func(h *synapse.FileHandle) { h.ContentSize = &n })
}

func noBytes(f *choose.FileFacts) {
	ofSize(0)(f)
	f.Handle.ContentMD5 = emptySum
}

func anOlder(f *choose.FileFacts) { f.Current = false }

func notAsked(f *choose.FileFacts) { f.Location.Asked, f.Location.Reach = false, planner.Reach{} }

func withDetail(edit func(*planner.Detail)) func(*choose.FileFacts) {
	return func(f *choose.FileFacts) {
		headed(f)
		edit(&f.Detail)
	}
}

func headAnswered(a choose.HeadAnswer) func(*choose.FileFacts) {
	return func(f *choose.FileFacts) { f.Head = a }
}

// regional are the facts of an external destination whose region is known.
func regional(edits ...func(*rules.DestinationFacts)) rules.DestinationFacts {
	d := externalFacts()
	d.Destination.Region = "us-east-1"
	for _, edit := range edits {
		edit(&d)
	}
	return d
}

func makeManaged(d *rules.DestinationFacts) {
	d.Destination.Managed = true
	d.Destination.Bucket, d.Destination.BaseKey = "synapse", "7/uuid"
}

func notOwned(d *rules.DestinationFacts) { d.Destination.OwnedByCaller = false }

func notWritable(d *rules.DestinationFacts) { d.STS = rules.STSRefused }

// fileCase is a file version at a destination, and what is decided.
type fileCase struct {
	name  string
	file  choose.FileFacts
	facts rules.DestinationFacts
	opt   planner.Options
	popt  planner.ProjectOptions
	want  choose.FileDecision
}

func TestChooseFile(t *testing.T) {
	for topic, cases := range map[string][]fileCase{
		"action": preferenceCases(), "place": fileplaceCases(), "handle": handleCases(),
		"forced": forcedCases(), "layout": layoutCases(), "left out": fileLeftOutCases(),
		"head": fileHeadCases(), "md5": fileMD5Cases(), "move": moveCases(),
		"shared": sharedCases(), "limits": fileLimitCases(), "notes": fileNoteCases(),
	} {
		for _, tt := range cases {
			t.Run(topic+"/"+tt.name, func(t *testing.T) {
				got := choose.File(tt.file, tt.facts, tt.opt, tt.popt)
				equal(t, "decision", got, tt.want)
			})
		}
	}
}

// fileDoes is a decision about a file with the handle's MD5.
func fileDoes(a planner.Action, key string, notes ...planner.RuleID) choose.FileDecision {
	return choose.FileDecision{
		Action: a, DestKey: key, MD5: sum, MD5Source: planner.MD5Handle,
		ContentType: "application/x-bam", Notes: notes,
	}
}

// fileDownloads is fileDoes by Synapse's download URLs.
func fileDownloads(a planner.Action, key string, notes ...planner.RuleID) choose.FileDecision {
	d := fileDoes(a, key, notes...)
	d.Download = true
	return d
}

// fileLooks is a decision that asks for HeadObject.
func fileLooks(a planner.Action, key string) choose.FileDecision {
	return choose.FileDecision{
		Action: a, DestKey: key, Examine: true, ContentType: "application/x-bam",
	}
}

func fileBlocked(rule planner.RuleID) choose.FileDecision {
	return choose.FileDecision{Action: planner.ActionBlock, Rule: rule}
}

const mirroredKey = "base/a/b.bam"

// preferenceCases are about the order of the actions.
func preferenceCases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	bySynapse := fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)
	return []fileCase{
		{"reuse", aFile(lying("dest", "base/x", 54321)), regional(), none, popt,
			fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept)},
		{"reuse, mirrored by chance", aFile(lying("dest", mirroredKey, 54321)), regional(), none, popt,
			fileDoes(planner.ActionReuse, mirroredKey)},
		{"reuse in a managed destination", aFile(lying("synapse", "7/uuid/x", 54321)),
			regional(makeManaged), none, popt,
			fileDoes(planner.ActionReuse, "7/uuid/x", rules.LayoutKept)},
		{"reuse where somebody else owns the location", aFile(lying("dest", "base/x", 54321)),
			regional(notOwned), none, popt,
			fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept)},
		{"register, not looked at", aFile(lying("dest", "base/x", ownLocation)), regional(), none, popt,
			fileLooks(planner.ActionRegister, "base/x")},
		{"register", aFile(lying("dest", "base/x", ownLocation), headed), regional(), none, popt,
			fileDoes(planner.ActionRegister, "base/x", rules.LayoutKept)},
		{"register needs no reach", aFile(lying("dest", "base/x", ownLocation), notAsked, headed),
			regional(), none, popt,
			fileDoes(planner.ActionRegister, "base/x", rules.LayoutKept)},
		{"copy, not asked", aFile(notAsked), regional(), none, popt,
			choose.FileDecision{Action: planner.ActionCopy, NeedReach: true}},
		{"copy, not looked at", aFile(reachedBy(copyableBucket)), regional(), none, popt,
			fileLooks(planner.ActionCopy, mirroredKey)},
		{"copy", aFile(reachedBy(copyableBucket), headed), regional(), none, popt,
			fileDoes(planner.ActionCopy, mirroredKey)},
		{"copy by credentials that only copy", aFile(reachedBy(func(r *planner.Reach) { r.Copyable = true })),
			regional(), none, popt, fileLooks(planner.ActionCopy, mirroredKey)},
		{"synapse-copy, not looked at", aFile(reachedBy(readableBucket)), regional(), none, popt,
			fileLooks(planner.ActionSynapseCopy, "")},
		{"synapse-copy", aFile(reachedBy(readableBucket), headed), regional(), none, popt, bySynapse},
		{"synapse-copy where nobody else reads", aFile(), regional(), none, popt, bySynapse},
		{"synapse-copy into a managed destination", aFile(), regional(makeManaged), none, popt, bySynapse},
		{"synapse-copy into a managed destination, not asked", aFile(notAsked), regional(makeManaged),
			none, popt, choose.FileDecision{Action: planner.ActionSynapseCopy, NeedReach: true}},
		{"no copy into a managed destination", aFile(reachedBy(copyableBucket), headed), regional(makeManaged),
			none, popt, bySynapse},
		{"no synapse-copy between regions", aFile(reachedBy(func(r *planner.Reach) {
			readableBucket(r)
			r.Region = "eu-west-1"
		}), headed), regional(), none, popt, fileDoes(planner.ActionStream, mirroredKey)},
		{"stream by download URLs", aFile(reachedBy(func(r *planner.Reach) { r.Region = "eu-west-1" })),
			regional(), none, popt, fileDownloads(planner.ActionStream, mirroredKey)},
		{"no writing, so upload", aFile(reachedBy(func(r *planner.Reach) { r.Region = "eu-west-1" })),
			regional(notWritable), none, popt,
			fileDownloads(planner.ActionUpload, "", rules.LayoutSynapse)},
		{"no synapse-copy into somebody else's location", aFile(reachedBy(readableBucket), headed),
			regional(notOwned), none, popt,
			fileDoes(planner.ActionUpload, "", rules.LayoutSynapse)},
		{"upload by download URLs", aFile(), regional(notOwned), none, popt,
			fileDownloads(planner.ActionUpload, "", rules.LayoutSynapse)},
		{"upload into somebody else's location, not asked", aFile(notAsked), regional(notOwned),
			none, popt, choose.FileDecision{Action: planner.ActionUpload, NeedReach: true}},
		{"another region into a managed destination", aFile(reachedBy(func(r *planner.Reach) {
			r.Region = "eu-west-1"
		})), regional(makeManaged), none, popt,
			fileDownloads(planner.ActionUpload, "", rules.LayoutSynapse)},
	}
}

// fileplaceCases are about what lies at the destination already.
func fileplaceCases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	bare := regional(func(d *rules.DestinationFacts) { d.Destination.BaseKey = "" })
	return []fileCase{
		{"the base key looks alike", aFile(lying("dest", "base2/x", 54321), reachedBy(copyableBucket), headed),
			regional(), none, popt, fileDoes(planner.ActionCopy, mirroredKey, rules.PlaceLookAlike)},
		{"the base key itself", aFile(lying("dest", "base", ownLocation)), regional(), none, popt,
			fileDoes(planner.ActionSynapseCopy, "", rules.PlaceLookAlike, rules.LayoutSynapse)},
		{"nothing below the base key", aFile(lying("dest", "base/", ownLocation)), regional(), none, popt,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
		{"outside, in the destination's own location", aFile(lying("dest", "other/x", 54321)),
			regional(), none, popt, fileDownloads(planner.ActionStream, mirroredKey)},
		{"the key of owner.txt", aFile(lying("dest", "base/owner.txt", 54321)), regional(), none, popt,
			fileDownloads(planner.ActionStream, mirroredKey)},
		{"owner.txt deeper down", aFile(lying("dest", "base/x/owner.txt", 54321)), regional(), none, popt,
			fileDoes(planner.ActionReuse, "base/x/owner.txt", rules.LayoutKept)},
		{"no base key", aFile(lying("dest", "x", 54321)), bare, none, popt,
			fileDoes(planner.ActionReuse, "x", rules.LayoutKept)},
		{"no base key, another location", aFile(lying("dest", "x", ownLocation), headed), bare, none,
			popt, fileDoes(planner.ActionRegister, "x", rules.LayoutKept)},
		{"the location of the destination, another bucket", aFile(lying("src", "base/x", 54321)),
			regional(), none, popt, fileDownloads(planner.ActionStream, mirroredKey)},
		{"a Google bucket of the destination's name", aFile(lying("dest", "base/x", 54321),
			withHandle(func(h *synapse.FileHandle) { h.ConcreteType = synapse.TypeGoogleFileHandle })),
			regional(), none, popt, fileDownloads(planner.ActionStream, mirroredKey)},
		{"below the base key of a managed destination, another location",
			aFile(lying("synapse", "7/uuid/x", 1)), regional(makeManaged), none, popt,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
		{"below the base key of somebody else's location", aFile(lying("dest", "base/x", ownLocation)),
			regional(notOwned), none, popt,
			fileDownloads(planner.ActionUpload, "", rules.LayoutSynapse)},
	}
}

// handleCases are about the types of file handles, and whose their storage
// locations are.
func handleCases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	typed := func(concreteType string) func(*choose.FileFacts) {
		return func(f *choose.FileFacts) {
			f.Handle.ConcreteType, f.Location = concreteType, choose.LocationFacts{}
			f.Location.Owner = planner.OwnerOutside
		}
	}
	owned := func(o planner.BucketOwner) func(*choose.FileFacts) {
		return func(f *choose.FileFacts) { f.Location.Owner = o }
	}
	store := func(edit func(*planner.Reach)) func(*choose.FileFacts) {
		return func(f *choose.FileFacts) {
			typed(synapse.TypeObjectStoreFileHandle)(f)
			f.Handle.BucketName, f.Handle.Key = "", ""
			f.Handle.EndpointURL, f.Handle.Bucket = "https://s3.example.org", "lab"
			f.Handle.FileKey, f.Location = "x", reached(edit)
			f.Location.Owner = planner.OwnerOutside
		}
	}
	bySynapse := fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)
	streamed := fileDownloads(planner.ActionStream, mirroredKey)
	uploaded := fileDownloads(planner.ActionUpload, "", rules.LayoutSynapse)
	return []fileCase{
		{"Synapse's storage", aFile(lying("synapse", "7/x", 1), owned(planner.OwnerSynapse)),
			regional(), none, popt, bySynapse},
		{"somebody else's location", aFile(owned(planner.OwnerOther)), regional(), none, popt, bySynapse},
		{"an unknown location", aFile(owned(planner.OwnerOutside)), regional(), none, popt, streamed},
		{"nobody's location", aFile(owned("")), regional(), none, popt, streamed},
		{"Google", aFile(typed(synapse.TypeGoogleFileHandle)), regional(), none, popt, streamed},
		{"Google into a managed destination", aFile(typed(synapse.TypeGoogleFileHandle)),
			regional(makeManaged), none, popt, uploaded},
		{"proxy", aFile(typed(synapse.TypeProxyFileHandle), withHandle(func(h *synapse.FileHandle) {
			h.BucketName, h.Key, h.FilePath = "", "", "/data/x"
		})), regional(), none, popt, streamed},
		{"proxy into somebody else's location", aFile(typed(synapse.TypeProxyFileHandle),
			withHandle(func(h *synapse.FileHandle) { h.FilePath = "/data/x" })), regional(notOwned),
			none, popt, uploaded},
		{"object store, copyable", aFile(store(copyableBucket), headed), regional(), none, popt,
			fileDoes(planner.ActionCopy, mirroredKey)},
		{"object store, readable", aFile(store(readableBucket), headed), regional(), none, popt,
			fileDoes(planner.ActionStream, mirroredKey)},
		{"object store into a managed destination", aFile(store(readableBucket), headed),
			regional(makeManaged), none, popt, fileDoes(planner.ActionUpload, "", rules.LayoutSynapse)},
		{"object store, not asked", aFile(store(nil), notAsked), regional(), none, popt,
			choose.FileDecision{Action: planner.ActionCopy, NeedReach: true}},
		{"object store, unreadable", aFile(store(nil)), regional(), none, popt,
			fileBlocked(rules.ContentUnreadable)},
		{"object store, this object unreadable", aFile(store(copyableBucket), headAnswered(choose.HeadDenied)),
			regional(), none, popt, fileBlocked(rules.ContentUnreadable)},
		{"link", aFile(typed(synapse.TypeExternalFileHandle), withHandle(func(h *synapse.FileHandle) {
			h.ExternalURL = "sftp://ada:pw@example.org/x?token=y"
		})), regional(), none, popt, fileBlocked(rules.ContentLink)},
		{"unknown type", aFile(typed("org.example.NewFileHandle")), regional(), none, popt,
			fileBlocked(rules.ContentUnknownHandle)},
		{"no key", aFile(lying("src", "", ownLocation)), regional(), none, popt,
			fileBlocked(rules.ContentUnknownHandle)},
		{"no handle", aFile(func(f *choose.FileFacts) { f.Handle = nil }), regional(), none, popt,
			fileBlocked(rules.ContentNoDownload)},
		{"no location", aFile(withHandle(func(h *synapse.FileHandle) { h.StorageLocationID = nil }),
			owned(planner.OwnerSynapse)), regional(), none, popt, bySynapse},
	}
}

// forcedCases are about --action.
func forcedCases() []fileCase {
	popt := planner.ProjectOptions{}
	force := func(a planner.Action) planner.Options { return planner.Options{Force: a} }
	inPlace := aFile(lying("dest", "base/x", 54321), reachedBy(copyableBucket), headed)
	own := aFile(lying("dest", mirroredKey, ownLocation), reachedBy(copyableBucket), headed)
	impossible := fileBlocked(rules.ContentImpossible)
	return []fileCase{
		{"reuse", inPlace, regional(), force(planner.ActionReuse), popt,
			fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept)},
		{"reuse, elsewhere", aFile(), regional(), force(planner.ActionReuse), popt, impossible},
		{"register", inPlace, regional(), force(planner.ActionRegister), popt,
			fileDoes(planner.ActionRegister, "base/x", rules.LayoutKept)},
		{"register, elsewhere", aFile(), regional(), force(planner.ActionRegister), popt,
			fileBlocked(rules.PlaceOutside)},
		{"register, look-alike", aFile(lying("dest", "base2/x", ownLocation)), regional(),
			force(planner.ActionRegister), popt, fileBlocked(rules.PlaceOutside)},
		{"register, owner.txt", aFile(lying("dest", "base/owner.txt", ownLocation)), regional(),
			force(planner.ActionRegister), popt, fileBlocked(rules.PlaceOutside)},
		{"register into a managed destination", aFile(), regional(makeManaged),
			force(planner.ActionRegister), popt, impossible},
		{"copy of what is in place", inPlace, regional(), force(planner.ActionCopy), popt,
			fileDoes(planner.ActionCopy, mirroredKey)},
		{"copy onto itself", own, regional(), force(planner.ActionCopy), popt,
			fileDoes(planner.ActionRegister, mirroredKey)},
		{"stream onto itself", own, regional(), force(planner.ActionStream), popt,
			fileDoes(planner.ActionRegister, mirroredKey)},
		{"copy onto itself, in place", aFile(lying("dest", mirroredKey, 54321)), regional(),
			force(planner.ActionCopy), popt, fileDoes(planner.ActionReuse, mirroredKey)},
		{"copy, impossible", aFile(reachedBy(readableBucket)), regional(), force(planner.ActionCopy), popt, impossible},
		{"copy, not asked", aFile(notAsked), regional(), force(planner.ActionCopy), popt,
			choose.FileDecision{Action: planner.ActionCopy, NeedReach: true}},
		{"synapse-copy of what could be copied", aFile(reachedBy(copyableBucket), headed), regional(),
			force(planner.ActionSynapseCopy), popt,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
		{"synapse-copy in place", inPlace, regional(), force(planner.ActionSynapseCopy), popt, impossible},
		{"synapse-copy of nothing", aFile(noBytes), regional(), force(planner.ActionSynapseCopy), popt,
			fileBlocked(rules.LimitsZeroBytes)},
		{"stream", aFile(), regional(), force(planner.ActionStream), popt,
			fileDownloads(planner.ActionStream, mirroredKey)},
		{"stream into a managed destination", aFile(), regional(makeManaged),
			force(planner.ActionStream), popt, impossible},
		{"stream without credentials", aFile(), regional(notWritable), force(planner.ActionStream),
			popt, impossible},
		{"upload of what is in place", inPlace, regional(), force(planner.ActionUpload), popt,
			fileDoes(planner.ActionUpload, "", rules.LayoutSynapse)},
		{"upload", aFile(), regional(), force(planner.ActionUpload), popt,
			fileDownloads(planner.ActionUpload, "", rules.LayoutSynapse)},
		{"an action that is none", aFile(), regional(), force("teleport"), popt, impossible},
	}
}

// layoutCases are about the keys that objects get.
func layoutCases() []fileCase {
	none := planner.Options{}
	mirror := planner.ProjectOptions{Layout: planner.LayoutMirrored}
	bySynapse := planner.ProjectOptions{Layout: planner.LayoutSynapse}
	all := planner.ProjectOptions{Versions: planner.VersionsAll}
	allMirrored := planner.ProjectOptions{Versions: planner.VersionsAll, Layout: planner.LayoutMirrored}
	toMirror := func(key string, notes ...planner.RuleID) choose.FileDecision {
		d := fileDoes(planner.ActionSynapseCopy, key, notes...)
		d.Mirror = key
		return d
	}
	in := func(folder, name string) func(*choose.FileFacts) {
		return func(f *choose.FileFacts) { f.Folder, f.Name = folder, name }
	}
	return []fileCase{
		{"mirrored", aFile(), regional(), none, mirror, toMirror(mirroredKey)},
		{"mirrored, managed", aFile(), regional(makeManaged), none, mirror,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutNotMirrored)},
		{"mirrored, no credentials", aFile(), regional(notWritable), none, mirror,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutNotMirrored)},
		{"mirrored, upload", aFile(), regional(notOwned), none, mirror,
			fileDownloads(planner.ActionUpload, "", rules.LayoutNotMirrored)},
		{"mirrored, reuse stays", aFile(lying("dest", "base/x", 54321)), regional(), none, mirror,
			fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept)},
		{"mirrored, key too long", aFile(in(strings.Repeat("d/", 40)+long("e", 256)+"/"+long("f", 256),
			long("g", 256))), regional(), none, mirror,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutNotMirrored)},
		{"Synapse's, where S3 copies too", aFile(reachedBy(copyableBucket), headed), regional(), none, bySynapse,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
		{"Synapse's, where only S3 copies", aFile(reachedBy(func(r *planner.Reach) {
			copyableBucket(r)
			r.Region = "eu-west-1"
		}), headed), regional(), none, bySynapse, fileDoes(planner.ActionCopy, mirroredKey)},
		{"at the top", aFile(in("", "x"), reachedBy(copyableBucket), headed), regional(), none,
			planner.ProjectOptions{}, fileDoes(planner.ActionCopy, "base/x")},
		{"no base key", aFile(reachedBy(copyableBucket), headed),
			regional(func(d *rules.DestinationFacts) { d.Destination.BaseKey = "" }), none,
			planner.ProjectOptions{}, fileDoes(planner.ActionCopy, "a/b.bam")},
		{"older version", aFile(anOlder, reachedBy(copyableBucket), headed), regional(), none, all,
			fileDoes(planner.ActionCopy, "base/.versions/a/b.bam/3")},
		{"older version at the top", aFile(anOlder, in("", "x"), reachedBy(copyableBucket), headed), regional(),
			none, all, fileDoes(planner.ActionCopy, "base/.versions/x/3")},
		{"older version, mirrored", aFile(anOlder), regional(), none, allMirrored,
			toMirror("base/.versions/a/b.bam/3")},
		{"the folder of versions", aFile(in(".versions/a", "3"), reachedBy(copyableBucket), headed), regional(),
			none, all, fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
		{"the folder of versions, mirrored", aFile(in(".versions/a", "3")), regional(), none,
			allMirrored, fileDoes(planner.ActionSynapseCopy, "", rules.LayoutNotMirrored)},
		{"a file called as the folder of versions", aFile(in("", ".versions"), reachedBy(copyableBucket), headed),
			regional(), none, all, fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
		{"the folder of versions, and no other way", aFile(in(".versions", "x"), noBytes), regional(),
			none, all, fileBlocked(rules.LayoutReserved)},
		{"the folder of versions, older", aFile(anOlder, in(".versions/a", "x"), reachedBy(copyableBucket), headed),
			regional(), none, all, fileDoes(planner.ActionCopy, "base/.versions/.versions/a/x/3")},
		{"the folder of versions, without versions", aFile(in(".versions/a", "3"), reachedBy(copyableBucket), headed),
			regional(), none, planner.ProjectOptions{}, fileDoes(planner.ActionCopy, "base/.versions/a/3")},
		{"a name that only begins so", aFile(in(".versions2", "3"), reachedBy(copyableBucket), headed), regional(),
			none, all, fileDoes(planner.ActionCopy, "base/.versions2/3")},
		{"a file called owner.txt", aFile(in("", "owner.txt"), reachedBy(copyableBucket), headed), regional(),
			none, mirror, fileDoes(planner.ActionSynapseCopy, "", rules.LayoutNotMirrored)},
		{"a file called owner.txt, and no other way", aFile(in("", "owner.txt"), noBytes), regional(),
			none, mirror, fileBlocked(rules.LayoutOwnerTxt)},
		{"a file called owner.txt in a folder", aFile(in("a", "owner.txt"), reachedBy(copyableBucket), headed),
			regional(), none, mirror, fileDoes(planner.ActionCopy, "base/a/owner.txt")},
	}
}
