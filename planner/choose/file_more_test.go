package choose_test

import (
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// fileLeftOutCases are about versions that are left out as such.
func fileLeftOutCases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	move := planner.ProjectOptions{Mode: planner.ModeMove}
	called := func(name string) choose.FileFacts {
		return aFile(func(f *choose.FileFacts) { f.Name = name })
	}
	inFolders := func(n int) choose.FileFacts {
		return aFile(func(f *choose.FileFacts) {
			f.Folder = strings.TrimSuffix(strings.Repeat("d/", n), "/")
		})
	}
	restricted := func(ids ...int64) func(*choose.FileFacts) {
		return func(f *choose.FileFacts) { f.PlaceRequirements = ids }
	}
	required := func(ids ...int64) func(*rules.DestinationFacts) {
		return func(d *rules.DestinationFacts) { d.Requirements = ids }
	}
	bySynapse := fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)
	return []fileCase{
		{"a name of today's rules", called("a=b"), regional(), none, popt,
			fileBlocked(rules.NamesInvalid)},
		{"dots", called(".."), regional(), none, popt, fileBlocked(rules.NamesDots)},
		{"a long name", called(long("n", 257)), regional(), none, popt,
			fileBlocked(rules.NamesTooLong)},
		{"no name", called(""), regional(), none, popt, fileBlocked(rules.NamesEmptySegment)},
		{"as deep as can be", inFolders(46), regional(), none, popt, bySynapse},
		{"too deep", inFolders(47), regional(), none, popt, fileBlocked(rules.LimitsDepth)},
		{"restricted, copied", aFile(restricted(5)), regional(), none, popt, bySynapse},
		{"restricted, moved", aFile(restricted(5)), regional(), none, move,
			fileBlocked(rules.GovernanceMove)},
		{"restricted, moved to where that holds", aFile(restricted(5)), regional(required(4, 5)),
			none, move, bySynapse},
		{"restricted twice, moved to where one holds", aFile(restricted(5, 6)),
			regional(required(5)), none, move, fileBlocked(rules.GovernanceMove)},
		{"restricted, in place, moved", aFile(lying("dest", "base/x", 54321), restricted(5)),
			regional(), none, move, fileBlocked(rules.GovernanceMove)},
	}
}

// fileHeadCases are about what HeadObject answers.
func fileHeadCases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	inPlace := lying("dest", "base/x", ownLocation)
	registered := fileDoes(planner.ActionRegister, "base/x", rules.LayoutKept)
	copied := fileDoes(planner.ActionCopy, mirroredKey)
	bySynapse := fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)
	edited := func(edit func(*planner.Detail)) choose.FileFacts {
		return aFile(reachedBy(copyableBucket), withDetail(edit))
	}
	glacier := func(d *planner.Detail) { d.StorageClass = "GLACIER" }
	elsewhere := func(r *planner.Reach) {
		readableBucket(r)
		r.Region = "eu-west-1"
	}
	return []fileCase{
		{"gone, registered", aFile(inPlace, headAnswered(choose.HeadGone)), regional(), none, popt,
			fileBlocked(rules.ContentGone)},
		{"denied, registered", aFile(inPlace, headAnswered(choose.HeadDenied)), regional(), none,
			popt, fileBlocked(rules.ContentDenied)},
		{"nobody looks, registered", aFile(inPlace, headAnswered(choose.HeadUnable)), regional(),
			none, popt, registered},
		{"gone", aFile(reachedBy(copyableBucket), headAnswered(choose.HeadGone)), regional(), none,
			popt, fileBlocked(rules.ContentGone)},
		{"gone, copied by Synapse", aFile(reachedBy(readableBucket), headAnswered(choose.HeadGone)),
			regional(), none, popt, fileBlocked(rules.ContentGone)},
		{"customer key", aFile(reachedBy(copyableBucket), headAnswered(choose.HeadRefused)),
			regional(), none, popt, fileBlocked(rules.ObjectsCustomerKey)},
		{"denied, but Synapse can", aFile(reachedBy(copyableBucket), headAnswered(choose.HeadDenied)),
			regional(), none, popt, bySynapse},
		{"denied, and another region", aFile(reachedBy(elsewhere), headAnswered(choose.HeadDenied)),
			regional(), none, popt, fileDownloads(planner.ActionStream, mirroredKey)},
		{"denied, copy asked for", aFile(reachedBy(copyableBucket), headAnswered(choose.HeadDenied)),
			regional(), planner.Options{Force: planner.ActionCopy}, popt,
			fileBlocked(rules.ContentImpossible)},
		{"another size", edited(func(d *planner.Detail) { d.SizeBytes = 8 }), regional(), none,
			popt, fileBlocked(rules.ContentChanged)},
		{"another MD5", edited(func(d *planner.Detail) { d.ETag = long("f", 32) }), regional(), none,
			popt, fileBlocked(rules.ContentChanged)},
		{"another MD5 by S3's checksum", edited(func(d *planner.Detail) {
			d.PartsCount, d.ChecksumMD5 = 2, long("f", 32)
		}), regional(), none, popt, fileBlocked(rules.ContentChanged)},
		{"another MD5, copied by Synapse", aFile(reachedBy(readableBucket),
			withDetail(func(d *planner.Detail) { d.ETag = long("f", 32) })), regional(), none, popt,
			fileBlocked(rules.ContentChanged)},
		{"another MD5, registered", aFile(inPlace,
			withDetail(func(d *planner.Detail) { d.ETag = long("f", 32) })), regional(), none, popt,
			fileBlocked(rules.ContentChanged)},
		{"an ETag that is no MD5", edited(func(d *planner.Detail) {
			d.ETag, d.PartsCount = long("f", 32), 2
		}), regional(), none, popt, copied},
		{"an ETag under KMS", edited(func(d *planner.Detail) {
			d.ETag, d.Encryption = long("f", 32), "aws:kms"
		}), regional(), none, popt, fileDoes(planner.ActionCopy, mirroredKey, rules.ObjectsKMS)},
		{"no bytes, but an MD5 of some", aFile(ofSize(0), reachedBy(copyableBucket), headed),
			regional(), none, popt, fileBlocked(rules.ContentChanged)},
		{"archived", edited(glacier), regional(), none, popt, fileBlocked(rules.ObjectsArchived)},
		{"archived, registered", aFile(inPlace, withDetail(glacier)), regional(), none, popt,
			fileBlocked(rules.ObjectsArchived)},
		{"restored", edited(func(d *planner.Detail) {
			glacier(d)
			d.Restore = `ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"`
		}), regional(), none, popt, fileDoes(planner.ActionCopy, mirroredKey, rules.ObjectsRestored)},
	}
}

// fileMD5Cases are about handles without MD5.
func fileMD5Cases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	noMD5 := withHandle(func(h *synapse.FileHandle) { h.ContentMD5 = "" })
	malformed := withHandle(func(h *synapse.FileHandle) { h.ContentMD5 = "none" })
	capitals := withHandle(func(h *synapse.FileHandle) { h.ContentMD5 = strings.ToUpper(sum) })
	tagged := func(tag string) func(*choose.FileFacts) {
		return withDetail(func(d *planner.Detail) { d.ETag = tag })
	}
	from := func(d choose.FileDecision, sum string, source planner.MD5Source) choose.FileDecision {
		d.MD5, d.MD5Source = sum, source
		return d
	}
	register := fileDoes(planner.ActionRegister, "base/x", rules.LayoutKept)
	upload := fileDownloads(planner.ActionUpload, "", rules.LayoutSynapse)
	inPlace := lying("dest", "base/x", ownLocation)
	return []fileCase{
		{"reuse", aFile(lying("dest", "base/x", 54321), noMD5), regional(), none, popt,
			from(fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept), "", planner.MD5None)},
		{"register, proven by S3", aFile(inPlace, noMD5, tagged(sum)), regional(), none, popt,
			from(register, sum, planner.MD5ETag)},
		{"register, nothing proves it", aFile(inPlace, noMD5, tagged(sum+"-2")), regional(), none,
			popt, from(register, "", planner.MD5Read)},
		{"register, nobody looks", aFile(inPlace, noMD5, headAnswered(choose.HeadUnable)),
			regional(), none, popt, from(register, "", planner.MD5Read)},
		{"copy, proven by S3", aFile(reachedBy(copyableBucket), noMD5, tagged(sum)), regional(),
			none, popt, from(fileDoes(planner.ActionCopy, mirroredKey), sum, planner.MD5ETag)},
		{"copy, metadata", aFile(reachedBy(copyableBucket), noMD5, withDetail(func(d *planner.Detail) {
			d.PartsCount, d.UserMetadata = 2, map[string]string{"md5": sum}
		})), regional(), planner.Options{MD5MetadataKey: "md5"}, popt,
			from(fileDoes(planner.ActionCopy, mirroredKey), sum, planner.MD5Metadata)},
		{"copy, nothing proves it", aFile(reachedBy(copyableBucket), noMD5, tagged("x")), regional(),
			none, popt, from(fileDoes(planner.ActionCopy, mirroredKey), "", planner.MD5Read)},
		{"no synapse-copy, so stream", aFile(noMD5), regional(), none, popt,
			from(fileDownloads(planner.ActionStream, mirroredKey), "", planner.MD5Passing)},
		{"no synapse-copy of what is no MD5", aFile(malformed), regional(), none, popt,
			from(fileDownloads(planner.ActionStream, mirroredKey), "", planner.MD5Passing)},
		{"stream trusts nothing else", aFile(reachedBy(readableBucket), noMD5, tagged(sum)),
			regional(), none, popt,
			from(fileDoes(planner.ActionStream, mirroredKey), "", planner.MD5Passing)},
		{"upload", aFile(noMD5), regional(makeManaged), none, popt, from(upload, "", planner.MD5Read)},
		{"no bytes", aFile(noBytes, noMD5), regional(), none, popt,
			from(fileDownloads(planner.ActionStream, mirroredKey), emptySum, planner.MD5Empty)},
		{"capitals", aFile(capitals), regional(), none, popt,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
	}
}

// moveCases are about --mode move.
func moveCases() []fileCase {
	none := planner.Options{}
	move := planner.ProjectOptions{Mode: planner.ModeMove}
	moveMirrored := planner.ProjectOptions{Mode: planner.ModeMove, Layout: planner.LayoutMirrored}
	noMD5 := withHandle(func(h *synapse.FileHandle) { h.ContentMD5 = "" })
	capitals := withHandle(func(h *synapse.FileHandle) { h.ContentMD5 = strings.ToUpper(sum) })
	inPlace := lying("dest", "base/x", 54321)
	differs := fileBlocked(rules.MoveNoMD5)
	reused := fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept)
	noSum := reused
	noSum.MD5, noSum.MD5Source = "", planner.MD5None
	return []fileCase{
		{"current, in place", aFile(inPlace), regional(), none, move, reused},
		{"current, in place, no MD5", aFile(inPlace, noMD5), regional(), none, move, noSum},
		{"older, in place", aFile(anOlder, inPlace), regional(), none, move, choose.FileDecision{
			Action: planner.ActionSkip, Rule: rules.MoveVersionInPlace}},
		{"older, in place, copied", aFile(anOlder, inPlace), regional(), none,
			planner.ProjectOptions{Versions: planner.VersionsAll}, reused},
		{"older, elsewhere", aFile(anOlder, reachedBy(copyableBucket), headed), regional(), none, move,
			fileDoes(planner.ActionCopy, "base/.versions/a/b.bam/3")},
		{"no MD5", aFile(noMD5), regional(), none, move, differs},
		{"no MD5 in Synapse, but one by S3", aFile(noMD5, reachedBy(copyableBucket),
			withDetail(func(d *planner.Detail) { d.ETag = sum })), regional(), none, move, differs},
		{"no MD5, older", aFile(anOlder, noMD5), regional(), none, move, differs},
		{"capitals, copied by Synapse", aFile(capitals), regional(), none, move,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
		{"capitals, registered anew", aFile(capitals, reachedBy(copyableBucket), headed), regional(),
			none, move, differs},
		{"capitals, copied by Synapse and mirrored", aFile(capitals), regional(), none, moveMirrored,
			differs},
		{"capitals, in place", aFile(inPlace, capitals), regional(), none, move, reused},
	}
}

// sharedCases are about handles that an earlier item brings.
func sharedCases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	move := planner.ProjectOptions{Mode: planner.ModeMove}
	bringer := planner.Item{
		ID: 7, Action: planner.ActionCopy, MD5: sum, MD5Source: planner.MD5ETag,
		DestKey: "base/other", ContentType: "application/x-bam",
	}
	with := func(item planner.Item) func(*choose.FileFacts) {
		return func(f *choose.FileFacts) { f.Shared = &item }
	}
	reading := bringer
	reading.MD5, reading.MD5Source = "", planner.MD5Read
	shared := choose.FileDecision{
		Action: planner.ActionCopy, MD5: sum, MD5Source: planner.MD5ETag, DestKey: "base/other",
		Shares: true, ContentType: "application/x-bam",
		Notes: []planner.RuleID{rules.ContentShared},
	}
	unread := shared
	unread.MD5, unread.MD5Source = "", planner.MD5None
	reuser := planner.Item{ID: 7, Action: planner.ActionReuse, DestKey: "base/x"}
	reused := choose.FileDecision{
		Action: planner.ActionReuse, DestKey: "base/x", Shares: true,
		Notes: []planner.RuleID{rules.ContentShared},
	}
	inPlace := lying("dest", "base/x", 54321)
	return []fileCase{
		{"shared", aFile(with(bringer), notAsked), regional(), none, popt, shared},
		{"shared, moved", aFile(with(bringer), notAsked), regional(), none, move, shared},
		{"the bytes are read once", aFile(with(reading)), regional(), none, popt, unread},
		{"reused", aFile(inPlace, with(reuser)), regional(), none, popt, reused},
		{"moved in place, each keeps its handle", aFile(inPlace, with(reuser)), regional(), none,
			move, fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept)},
		{"older, moved in place", aFile(anOlder, inPlace, with(reuser)), regional(), none, move,
			choose.FileDecision{Action: planner.ActionSkip, Rule: rules.MoveVersionInPlace}},
		{"shared, but a bad name", aFile(with(bringer), func(f *choose.FileFacts) { f.Name = ".." }),
			regional(), none, popt, fileBlocked(rules.NamesDots)},
	}
}

// fileLimitCases are about sizes and lengths.
func fileLimitCases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	unknown := withHandle(func(h *synapse.FileHandle) { h.ContentSize = nil })
	bySynapse := fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)
	// base/ + 40 folders d/ + two of 256 + / is 80+5+2*257 = 599 before the name.
	deep := func(name int) func(*choose.FileFacts) {
		return func(f *choose.FileFacts) {
			f.Folder = strings.Repeat("d/", 40) + long("e", 256) + "/" + long("f", 256)
			f.Name = long("g", name)
		}
	}
	deepest := "base/" + strings.Repeat("d/", 40) + long("e", 256) + "/" + long("f", 256) + "/"
	emptied := func(d choose.FileDecision) choose.FileDecision {
		d.MD5 = emptySum
		return d
	}
	return []fileCase{
		{"no bytes, copied", aFile(noBytes, reachedBy(copyableBucket), headed), regional(), none, popt,
			emptied(fileDoes(planner.ActionCopy, mirroredKey))},
		{"no bytes, not copied by Synapse", aFile(noBytes), regional(), none, popt,
			emptied(fileDownloads(planner.ActionStream, mirroredKey))},
		{"no bytes, reused", aFile(lying("dest", "base/x", 54321), noBytes), regional(), none, popt,
			emptied(fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept))},
		{"no bytes, registered", aFile(lying("dest", "base/x", ownLocation), noBytes, headed),
			regional(), none, popt,
			emptied(fileDoes(planner.ActionRegister, "base/x", rules.LayoutKept))},
		{"no bytes, uploaded", aFile(noBytes), regional(notOwned), none, popt,
			fileBlocked(rules.LimitsZeroBytes)},
		{"no bytes, managed", aFile(noBytes), regional(makeManaged), none, popt,
			fileBlocked(rules.LimitsZeroBytes)},
		{"5 TiB", aFile(ofSize(5 << 40)), regional(), none, popt, bySynapse},
		{"over 5 TiB, so stream", aFile(ofSize(5<<40 + 1)), regional(), none, popt,
			fileDownloads(planner.ActionStream, mirroredKey)},
		{"over 5 TiB, managed", aFile(ofSize(5<<40 + 1)), regional(makeManaged), none, popt,
			fileBlocked(rules.LimitsTooLarge)},
		{"over 48.8 TiB, copied", aFile(ofSize(10_000*5<<30+1), reachedBy(copyableBucket), headed),
			regional(), none, popt, fileBlocked(rules.LimitsTooLarge)},
		{"48.8 TiB, copied", aFile(ofSize(10_000*5<<30), reachedBy(copyableBucket), headed),
			regional(), none, popt, fileDoes(planner.ActionCopy, mirroredKey)},
		{"size unknown", aFile(unknown), regional(), none, popt,
			fileBlocked(rules.ContentNoSize)},
		{"size unknown, looked at", aFile(unknown, reachedBy(copyableBucket)), regional(), none, popt,
			fileLooks(planner.ActionCopy, mirroredKey)},
		{"size known from S3", aFile(unknown, reachedBy(copyableBucket),
			withDetail(func(d *planner.Detail) { d.SizeBytes = 9 })), regional(), none, popt,
			fileDoes(planner.ActionCopy, mirroredKey)},
		{"size unknown, uploaded after a look", aFile(unknown, reachedBy(readableBucket)),
			regional(notOwned), none, popt, fileLooks(planner.ActionUpload, "")},
		{"size unknown, and no bytes to upload", aFile(unknown, reachedBy(readableBucket),
			withHandle(func(h *synapse.FileHandle) { h.ContentMD5 = emptySum }), headed),
			regional(notOwned), none, popt, fileBlocked(rules.LimitsZeroBytes)},
		{"size unknown, reused", aFile(lying("dest", "base/x", 54321), unknown), regional(), none,
			popt, fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept)},
		{"size unknown, nobody looks", aFile(lying("dest", "base/x", ownLocation), unknown,
			headAnswered(choose.HeadUnable)), regional(), none, popt,
			fileBlocked(rules.ContentNoSize)},
		{"size below nothing", aFile(ofSize(-1)), regional(), none, popt,
			fileBlocked(rules.ContentNoSize)},
		{"key of 700 characters", aFile(deep(101), reachedBy(copyableBucket), headed), regional(),
			none, popt, fileDoes(planner.ActionCopy, deepest+long("g", 101))},
		{"key of 701 characters", aFile(deep(102), reachedBy(copyableBucket), headed), regional(),
			none, popt, bySynapse},
		{"key of 701 characters, and no other way", aFile(deep(102), noBytes), regional(), none,
			popt, fileBlocked(rules.LimitsKeyTooLong)},
		{"registered key of 701 characters", aFile(lying("dest", "base/"+long("k", 696), ownLocation)),
			regional(), none, popt, bySynapse},
		{"registered key of 700 characters", aFile(lying("dest", "base/"+long("k", 695), ownLocation),
			headed), regional(), none, popt,
			fileDoes(planner.ActionRegister, "base/"+long("k", 695), rules.LayoutKept)},
	}
}

// fileNoteCases are about what is told without holding an item up.
func fileNoteCases() []fileCase {
	none, popt := planner.Options{}, planner.ProjectOptions{}
	archived := withHandle(func(h *synapse.FileHandle) { h.Status = "ARCHIVED" })
	text := withHandle(func(h *synapse.FileHandle) { h.ContentType = "text/csv" })
	noType := withHandle(func(h *synapse.FileHandle) { h.ContentType = synapse.NotSet })
	typed := func(d choose.FileDecision, contentType string) choose.FileDecision {
		d.ContentType = contentType
		return d
	}
	inPlace := lying("dest", "base/x", 54321)
	noRegion := func(r *planner.Reach) { r.Region = "" }
	return []fileCase{
		{"archived by Synapse", aFile(archived), regional(), none, popt,
			fileBlocked(rules.ContentArchived)},
		{"archived by Synapse, but S3 reads it", aFile(archived, reachedBy(copyableBucket), headed),
			regional(), none, popt, fileDoes(planner.ActionCopy, mirroredKey)},
		{"archived by Synapse, in place", aFile(inPlace, archived), regional(), none, popt,
			fileDoes(planner.ActionReuse, "base/x", rules.ContentArchivedKept,
				rules.LayoutKept)},
		{"region of the source unknown", aFile(reachedBy(noRegion)), regional(), none, popt,
			fileDoes(planner.ActionSynapseCopy, "", rules.ContentRegionUnknown,
				rules.LayoutSynapse)},
		{"region of the destination unknown", aFile(), externalFacts(), none, popt,
			fileDoes(planner.ActionSynapseCopy, "", rules.ContentRegionUnknown,
				rules.LayoutSynapse)},
		{"one bucket has one region", aFile(lying("dest", "x", ownLocation), reachedBy(noRegion)),
			externalFacts(), none, popt,
			fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse)},
		{"preview", aFile(text), regional(), none, popt, typed(fileDoes(planner.ActionSynapseCopy, "",
			rules.LayoutSynapse, rules.PreviewsWritten), "text/csv")},
		{"no previews", aFile(text), regional(), planner.Options{NoPreviews: true}, popt,
			typed(fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse), "text/csv")},
		{"a record that is reused keeps its type", aFile(inPlace, text), regional(),
			planner.Options{NoPreviews: true}, popt, typed(fileDoes(planner.ActionReuse, "base/x",
				rules.LayoutKept, rules.PreviewsWritten), "text/csv")},
		{"a file that is moved in place gets no new handle", aFile(inPlace, text), regional(), none,
			planner.ProjectOptions{Mode: planner.ModeMove},
			typed(fileDoes(planner.ActionReuse, "base/x", rules.LayoutKept), "text/csv")},
		{"no content type", aFile(noType), regional(), none, popt,
			typed(fileDoes(planner.ActionSynapseCopy, "", rules.LayoutSynapse), "")},
	}
}

// TestSourceObject follows what is planned to where the object lies.
func TestSourceObject(t *testing.T) {
	linked := aFile(withHandle(func(h *synapse.FileHandle) {
		*h = synapse.FileHandle{
			ConcreteType: synapse.TypeExternalFileHandle, ID: "900",
			ExternalURL: "sftp://ada:pw@example.org/x%20y?token=z#k",
		}
	}))
	tests := []struct {
		name     string
		file     choose.FileFacts
		decision choose.FileDecision
		want     planner.Object
	}{
		{"no handle", aFile(func(f *choose.FileFacts) { f.Handle = nil }), choose.FileDecision{},
			planner.Object{Key: "a/b.bam"}},
		{"a link shows no secret", linked, choose.FileDecision{},
			planner.Object{Key: "sftp://example.org/x%20y"}},
		{"as recorded", aFile(), choose.FileDecision{},
			planner.Object{Bucket: "src", Key: "7/uuid/b.bam", SizeBytes: 9}},
		{"below nothing", aFile(ofSize(-1)), choose.FileDecision{},
			planner.Object{Bucket: "src", Key: "7/uuid/b.bam"}},
		{"as seen", aFile(withDetail(func(d *planner.Detail) {
			d.SizeBytes, d.StorageClass = 10, "STANDARD_IA"
		})), choose.FileDecision{}, planner.Object{Bucket: "src", Key: "7/uuid/b.bam",
			SizeBytes: 10, ETag: sum, StorageClass: "STANDARD_IA"}},
		{"by download URL", aFile(), choose.FileDecision{Download: true}, planner.Object{
			Bucket: "src", Key: "7/uuid/b.bam", SizeBytes: 9,
			Download: &planner.Download{FileHandleID: "900", EntityID: "syn20"}}},
		{"proxy", aFile(withHandle(func(h *synapse.FileHandle) {
			h.ConcreteType, h.FilePath = synapse.TypeProxyFileHandle, "/data/x"
		})), choose.FileDecision{}, planner.Object{Key: "/data/x", SizeBytes: 9}},
		{"object store", aFile(withHandle(func(h *synapse.FileHandle) {
			h.ConcreteType, h.Bucket, h.FileKey = synapse.TypeObjectStoreFileHandle, "lab", "x"
		})), choose.FileDecision{}, planner.Object{Bucket: "lab", Key: "x", SizeBytes: 9}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			equal(t, "object", choose.SourceObject(tt.file, tt.decision), tt.want)
		})
	}
}
