package planner_test

import (
	"strings"
	"testing"

	"synapse-migrate/planner"
)

const sum = "0123456789abcdef0123456789abcdef"

// seen are the facts of an object that was headed, below the prefix "run/".
func seen(bucketName, key string, size int64) planner.ObjectFacts {
	o := planner.Object{Bucket: bucketName, Key: key, SizeBytes: size, ETag: sum}
	return planner.ObjectFacts{
		Object: o, Path: planner.PathOf(key, "run/", planner.NamesFail),
		SameEndpoint: true, Head: planner.HeadSeen,
		Detail: planner.Detail{ETagsAreMD5: true, Object: o, ContentType: "application/x-bam"},
	}
}

// chooseCase is an object at a destination, and what is decided.
type chooseCase struct {
	name   string
	object planner.ObjectFacts
	facts  planner.DestinationFacts
	opt    planner.Options
	want   planner.Decision
}

func TestChoose(t *testing.T) {
	for topic, cases := range map[string][]chooseCase{
		"action": actionCases(), "left out": leftOutCases(), "head": headCases(),
	} {
		for _, tt := range cases {
			t.Run(topic+"/"+tt.name, func(t *testing.T) {
				equal(t, "decision", planner.Choose(tt.object, tt.facts, tt.opt), tt.want)
			})
		}
	}
}

const uuid = "00000000-1111-2222-3333-444444444444"

// foreign is an object of another bucket.
func foreign() planner.ObjectFacts { return seen("src", "run/a/b.bam", 9) }

// object is a foreign object, changed.
func object(edit func(*planner.ObjectFacts)) planner.ObjectFacts {
	o := foreign()
	edit(&o)
	return o
}

// facts are those of an external destination, changed.
func facts(edit func(*planner.DestinationFacts)) planner.DestinationFacts {
	f := externalFacts()
	edit(&f)
	return f
}

// whereCopies are the facts after a copy probe.
func whereCopies(p planner.CopyProbe) planner.DestinationFacts {
	return facts(func(f *planner.DestinationFacts) { f.Copy = p })
}

func blocked(rule planner.RuleID) planner.Decision {
	return planner.Decision{Action: planner.ActionBlock, Rule: rule}
}

func skipped(rule planner.RuleID) planner.Decision {
	return planner.Decision{Action: planner.ActionSkip, Rule: rule}
}

// moved is a decision with the MD5 from the ETag, and notes.
func moved(a planner.Action, key string, notes ...planner.RuleID) planner.Decision {
	return planner.Decision{
		Action: a, DestKey: key, MD5: sum, MD5Source: planner.MD5ETag,
		ContentType: "application/x-bam", Notes: notes,
	}
}

func inPlace(key string) planner.Decision { return moved(planner.ActionRegister, key) }

// streamed is a stream of an object that was headed.
func streamed(key string, notes ...planner.RuleID) planner.Decision {
	return planner.Decision{
		Action: planner.ActionStream, DestKey: key, MD5Source: planner.MD5Passing,
		ContentType: "application/x-bam", Notes: notes,
	}
}

// actionCases are about the action that is chosen.
func actionCases() []chooseCase {
	copies := whereCopies(planner.CopyPossible)
	streams := whereCopies(planner.CopyImpossible)
	copied := moved(planner.ActionCopy, "base/a/b.bam")
	uploaded := moved(planner.ActionUpload, "")
	strangers := facts(func(f *planner.DestinationFacts) { f.Destination.OwnedByCaller = false })
	return []chooseCase{
		{"in place", seen("dest", "base/x/b.bam", 9),
			externalFacts(), planner.Options{}, inPlace("base/x/b.bam")},
		{"in place without base key", seen("dest", "x/b.bam", 9),
			facts(func(f *planner.DestinationFacts) { f.Destination.BaseKey = "" }),
			planner.Options{}, inPlace("x/b.bam")},
		{"in place, not examined yet", object(func(o *planner.ObjectFacts) {
			*o = seen("dest", "base/x", 9)
			o.Head = planner.HeadNone
		}), externalFacts(), planner.Options{},
			planner.Decision{Action: planner.ActionRegister, DestKey: "base/x", Examine: true}},
		{"in place, copy asked for, onto itself", object(func(o *planner.ObjectFacts) {
			*o = seen("dest", "base/x", 9)
			o.Path = planner.PathOf("base/x", "base/", planner.NamesFail)
		}), copies, planner.Options{Force: planner.ActionCopy}, inPlace("base/x")},
		{"in place, copy asked for, to another key", seen("dest", "base/x", 9), copies,
			planner.Options{Force: planner.ActionCopy}, planner.Decision{
				Action: planner.ActionCopy, DestKey: "base/base/x", MD5: sum,
				MD5Source: planner.MD5ETag, ContentType: "application/x-bam"}},
		{"own bucket, looks like the base key", seen("dest", "base2/x", 9), copies, planner.Options{},
			planner.Decision{
				Action: planner.ActionCopy, DestKey: "base/base2/x", MD5: sum,
				MD5Source:   planner.MD5ETag,
				ContentType: "application/x-bam", Notes: []planner.RuleID{planner.RulePlaceLookAlike}}},
		{"own bucket, register asked for, outside", seen("dest", "base2/x", 9), copies,
			planner.Options{Force: planner.ActionRegister}, blocked(planner.RulePlaceOutside)},
		{"another bucket has no base key to look like", seen("src", "base2/x", 9), copies,
			planner.Options{}, moved(planner.ActionCopy, "base/base2/x")},
		{"same name on another service", object(func(o *planner.ObjectFacts) {
			*o = seen("dest", "base/x", 9)
			o.SameEndpoint = false
		}), externalFacts(), planner.Options{}, planner.Decision{
			Action: planner.ActionStream, DestKey: "base/base/x", MD5Source: planner.MD5Passing,
			ContentType: "application/x-bam"}},
		{"copy", foreign(), copies, planner.Options{}, copied},
		{"copy not probed", foreign(), externalFacts(), planner.Options{},
			planner.Decision{Action: planner.ActionStream, Probe: true, DestKey: "base/a/b.bam"}},
		{"copy with the source's credentials", foreign(),
			streams, planner.Options{CopyWithSource: true}, copied},
		{"copy asked for, not possible", foreign(), streams,
			planner.Options{Force: planner.ActionCopy}, blocked(planner.RulePlaceCantBeDone)},
		{"stream", foreign(), streams, planner.Options{}, streamed("base/a/b.bam")},
		{"stream asked for", foreign(),
			copies, planner.Options{Force: planner.ActionStream}, streamed("base/a/b.bam")},
		{"stream of a file on disk needs no look", object(func(o *planner.ObjectFacts) {
			o.Head, o.Object.Bucket = planner.HeadNone, ""
		}), streams, planner.Options{NoPreviews: true},
			planner.Decision{Action: planner.ActionStream, DestKey: "base/a/b.bam",
				MD5Source: planner.MD5Passing}},
		{"stream of an object does", object(func(o *planner.ObjectFacts) { o.Head = planner.HeadNone }),
			streams, planner.Options{},
			planner.Decision{Action: planner.ActionStream, DestKey: "base/a/b.bam", Examine: true}},
		{"stream without bytes", object(func(o *planner.ObjectFacts) {
			o.Head, o.Object.SizeBytes, o.Object.Bucket = planner.HeadNone, 0, ""
		}), streams, planner.Options{}, planner.Decision{
			Action: planner.ActionStream, DestKey: "base/a/b.bam",
			MD5: "d41d8cd98f00b204e9800998ecf8427e", MD5Source: planner.MD5Empty}},
		{"managed", foreign(), managedFacts(), planner.Options{}, uploaded},
		{"managed, copy asked for", foreign(), managedFacts(),
			planner.Options{Force: planner.ActionCopy}, blocked(planner.RulePlaceCantBeDone)},
		{"somebody else's location", foreign(), strangers, planner.Options{}, uploaded},
		{"somebody else's location, in place", seen("dest", "base/x", 9), strangers,
			planner.Options{}, uploaded},
		{"no credentials for the destination", foreign(),
			facts(func(f *planner.DestinationFacts) { f.STS = planner.STSRefused }),
			planner.Options{}, uploaded},
		{"no credentials, in place", seen("dest", "base/x", 9),
			facts(func(f *planner.DestinationFacts) { f.STS = planner.STSRefused }),
			planner.Options{}, inPlace("base/x")},
		{"upload asked for, in place", seen("dest", "base/x", 9), externalFacts(),
			planner.Options{Force: planner.ActionUpload}, uploaded},
	}
}

// leftOutCases are about what is skipped or blocked by the listing alone.
func leftOutCases() []chooseCase {
	copies := whereCopies(planner.CopyPossible)
	copied := moved(planner.ActionCopy, "base/a/b.bam")
	uploaded := moved(planner.ActionUpload, "")
	return []chooseCase{
		{"directory marker", seen("src", "run/a/", 0),
			copies, planner.Options{}, skipped(planner.RuleObjectsMarker)},
		{"owner.txt", seen("dest", "base/owner.txt", 9),
			copies, planner.Options{}, skipped(planner.RulePlaceOwnerTxt)},
		{"would become owner.txt", seen("src", "run/owner.txt", 9),
			copies, planner.Options{}, skipped(planner.RulePlaceOwnerTxt)},
		{"owner.txt deeper down", seen("dest", "base/run/owner.txt", 9),
			copies, planner.Options{}, inPlace("base/run/owner.txt")},
		{"owner.txt into a managed folder", seen("src", "run/owner.txt", 9),
			managedFacts(), planner.Options{}, uploaded},
		{"preview", seen("dest", "base/7/"+uuid+"/"+uuid, 9),
			copies, planner.Options{}, skipped(planner.RuleObjectsPreview)},
		{"an upload through Synapse is no preview", seen("dest", "base/7/"+uuid+"/a.bam", 9), copies,
			planner.Options{}, inPlace("base/7/" + uuid + "/a.bam")},
		{"preview of another bucket is data", seen("src", "run/7/"+uuid+"/"+uuid, 9),
			copies, planner.Options{},
			planner.Decision{Action: planner.ActionCopy, DestKey: "base/7/" + uuid + "/" + uuid,
				MD5:       sum,
				MD5Source: planner.MD5ETag, ContentType: "application/x-bam"}},

		{"bad name", seen("src", "run/a=b", 9),
			copies, planner.Options{}, blocked(planner.RuleNamesInvalid)},
		{"not UTF-8", seen("src", "run/\xff", 9),
			copies, planner.Options{}, blocked(planner.RuleNamesNotUTF8)},
		{"long key", seen("dest", "base/"+strings.Repeat("d/", 20)+strings.Repeat("a", 200)+"/"+
			strings.Repeat("b", 200)+"/"+strings.Repeat("c", 253), 9),
			externalFacts(), planner.Options{}, inPlace(
				"base/" + strings.Repeat("d/", 20) + strings.Repeat("a", 200) + "/" +
					strings.Repeat("b", 200) + "/" + strings.Repeat("c", 253))},
		{"longer key", seen("dest", "base/"+strings.Repeat("d/", 20)+strings.Repeat("a", 200)+"/"+
			strings.Repeat("b", 200)+"/"+strings.Repeat("c", 254), 9),
			externalFacts(), planner.Options{},
			blocked(planner.RuleLimitsKeyTooLong)},
		{"too deep", seen("src", "run/"+strings.Repeat("d/", 47)+"x", 9), copies, planner.Options{},
			blocked(planner.RuleLimitsDepth)},
		{"as deep as can be", seen("src", "run/"+strings.Repeat("d/", 46)+"x", 9),
			copies, planner.Options{},
			planner.Decision{Action: planner.ActionCopy, DestKey: "base/" + strings.Repeat("d/",
				46) + "x",
				MD5: sum, MD5Source: planner.MD5ETag, ContentType: "application/x-bam"}},
		{"zero bytes to upload", seen("src", "run/x", 0), managedFacts(), planner.Options{},
			blocked(planner.RuleLimitsZeroBytes)},
		{"5 TiB to upload", seen("src", "run/a/b.bam", 5<<40),
			managedFacts(), planner.Options{}, uploaded},
		{"over 5 TiB to upload", seen("src", "run/x", 5<<40+1), managedFacts(), planner.Options{},
			blocked(planner.RuleLimitsTooLarge)},
		{"over 5 TiB to copy", seen("src", "run/a/b.bam", 5<<40+1), copies, planner.Options{}, copied},
		{"over 48.8 TiB to copy", seen("src", "run/x", 10_000*5<<30+1), copies, planner.Options{},
			blocked(planner.RuleLimitsTooLarge)},
		{"over 48.8 TiB in place", seen("dest", "base/x", 10_000*5<<30+1),
			copies, planner.Options{}, inPlace("base/x")},
	}
}

// headCases are about what HeadObject answers.
func headCases() []chooseCase {
	copies := whereCopies(planner.CopyPossible)
	streams := whereCopies(planner.CopyImpossible)
	copied := moved(planner.ActionCopy, "base/a/b.bam")
	return []chooseCase{
		{"gone", object(func(o *planner.ObjectFacts) { o.Head = planner.HeadGone }),
			copies, planner.Options{},
			blocked(planner.RuleObjectsGone)},
		{"denied", object(func(o *planner.ObjectFacts) { o.Head = planner.HeadDenied }),
			copies, planner.Options{},
			blocked(planner.RuleObjectsUnreadable)},
		{"customer key", object(func(o *planner.ObjectFacts) { o.Head = planner.HeadRefused }),
			copies, planner.Options{},
			blocked(planner.RuleObjectsCustomerKey)},
		{"archived", object(func(o *planner.ObjectFacts) { o.Detail.StorageClass = "GLACIER" }), copies,
			planner.Options{}, blocked(planner.RuleObjectsArchived)},
		{"being restored", object(func(o *planner.ObjectFacts) {
			o.Detail.StorageClass, o.Detail.Restore = "DEEP_ARCHIVE", `ongoing-request="true"`
		}), copies, planner.Options{}, blocked(planner.RuleObjectsArchived)},
		{"archived tier",
			object(func(o *planner.ObjectFacts) { o.Detail.ArchiveStatus = "ARCHIVE_ACCESS" }), copies,
			planner.Options{}, blocked(planner.RuleObjectsArchived)},
		{"instant retrieval",
			object(func(o *planner.ObjectFacts) { o.Detail.StorageClass = "GLACIER_IR" }), copies,
			planner.Options{}, copied},
		{"restored", object(func(o *planner.ObjectFacts) {
			o.Detail.StorageClass = "GLACIER"
			o.Detail.Restore = `ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"`
		}), copies, planner.Options{}, withNotes(copied, planner.RuleObjectsRestored)},
		{"KMS", object(func(o *planner.ObjectFacts) { o.Detail.Encryption = "aws:kms:dsse" }),
			copies, planner.Options{},
			planner.Decision{Action: planner.ActionCopy, DestKey: "base/a/b.bam",
				MD5Source:   planner.MD5Read,
				ContentType: "application/x-bam", Notes: []planner.RuleID{planner.RuleObjectsKMS}}},
		{"an ETag that nothing proves to be an MD5", object(func(o *planner.ObjectFacts) {
			o.Detail.ETagsAreMD5 = false
		}), copies, planner.Options{}, planner.Decision{Action: planner.ActionCopy, DestKey: "base/a/b.bam",
			MD5Source: planner.MD5Read, ContentType: "application/x-bam",
			Notes: []planner.RuleID{planner.RuleObjectsETagUnproven}}},
		{"preview will be written",
			object(func(o *planner.ObjectFacts) { o.Detail.ContentType = "text/csv; charset=utf-8" }),
			copies,
			planner.Options{}, planner.Decision{Action: planner.ActionCopy, DestKey: "base/a/b.bam", MD5: sum,
				MD5Source: planner.MD5ETag, ContentType: "text/csv; charset=utf-8",
				Notes: []planner.RuleID{planner.RulePreviewsWritten}}},
		{"no previews", object(func(o *planner.ObjectFacts) { o.Detail.ContentType = "image/png" }),
			copies, planner.Options{NoPreviews: true}, planner.Decision{Action: planner.ActionCopy,
				DestKey: "base/a/b.bam", MD5: sum, MD5Source: planner.MD5ETag,
				ContentType: "image/png"}},
		{"customer key, to be streamed", object(func(o *planner.ObjectFacts) { o.Head = planner.HeadRefused }),
			streams, planner.Options{}, blocked(planner.RuleObjectsCustomerKey)},
		{"denied, to be streamed", object(func(o *planner.ObjectFacts) { o.Head = planner.HeadDenied }),
			streams, planner.Options{}, blocked(planner.RuleObjectsUnreadable)},
		{"archived, to be streamed", object(func(o *planner.ObjectFacts) {
			o.Detail.ArchiveStatus = "DEEP_ARCHIVE_ACCESS"
		}), streams, planner.Options{}, blocked(planner.RuleObjectsArchived)},
		{"KMS, to be streamed", object(func(o *planner.ObjectFacts) { o.Detail.Encryption = "aws:kms" }),
			streams, planner.Options{}, streamed("base/a/b.bam")},
		{"preview may be written", object(func(o *planner.ObjectFacts) {
			o.Head, o.Object.Bucket = planner.HeadNone, ""
		}),
			streams,
			planner.Options{}, planner.Decision{Action: planner.ActionStream, DestKey: "base/a/b.bam",
				MD5Source: planner.MD5Passing, Notes: []planner.RuleID{planner.RulePreviewsUnknown}}},
		{"replaced", object(func(o *planner.ObjectFacts) {
			o.Path = planner.PathOf("run/a=b", "run/", planner.NamesReplace)
		}),
			streams, planner.Options{Names: planner.NamesReplace}, planner.Decision{Action: planner.ActionStream,
				DestKey: "base/a=b", MD5Source: planner.MD5Passing, ContentType: "application/x-bam",
				Notes: []planner.RuleID{planner.RuleNamesReplaced}}},
	}
}

func withNotes(d planner.Decision, notes ...planner.RuleID) planner.Decision {
	d.Notes = notes
	return d
}

func TestMD5Source(t *testing.T) {
	const other = "ffffffffffffffffffffffffffffffff"
	tests := []struct {
		name   string
		edit   func(*planner.Detail)
		md5    string
		source planner.MD5Source
	}{
		{"ETag", func(*planner.Detail) {}, sum, planner.MD5ETag},
		{"ETag under SSE-S3", func(d *planner.Detail) { d.Encryption = "AES256" }, sum,
			planner.MD5ETag},
		{"ETag in capitals", func(d *planner.Detail) { d.ETag = strings.ToUpper(sum) }, sum,
			planner.MD5ETag},
		{"ETag under KMS", func(d *planner.Detail) { d.Encryption = "aws:kms" }, "", planner.MD5Read},
		{"multipart whose ETag looks plain", func(d *planner.Detail) { d.PartsCount = 2 }, "",
			planner.MD5Read},
		{"one-part multipart", func(d *planner.Detail) { d.PartsCount = 1 }, "", planner.MD5Read},
		{"multipart ETag", func(d *planner.Detail) { d.ETag = sum + "-2" }, "", planner.MD5Read},
		{"ETag of a server of which nothing is known", func(d *planner.Detail) { d.ETagsAreMD5 = false }, "",
			planner.MD5Read},
		{"metadata of such a server", func(d *planner.Detail) {
			d.ETagsAreMD5, d.UserMetadata = false, map[string]string{"md5": other}
		}, other, planner.MD5Metadata},
		{"S3's checksum of such a server", func(d *planner.Detail) {
			d.ETagsAreMD5, d.ChecksumMD5 = false, other
		}, other, planner.MD5Checksum},
		{"ETag that is no hex", func(d *planner.Detail) { d.ETag = strings.Repeat("g", 32) }, "",
			planner.MD5Read},
		{"S3's checksum wins", func(d *planner.Detail) { d.ChecksumMD5 = other }, other,
			planner.MD5Checksum},
		{"S3's checksum of a multipart upload", func(d *planner.Detail) {
			d.PartsCount, d.ChecksumMD5 = 3, other
		}, other, planner.MD5Checksum},
		{"metadata comes after the ETag", func(d *planner.Detail) {
			d.UserMetadata = map[string]string{"md5": other}
		}, sum, planner.MD5ETag},
		{"metadata", func(d *planner.Detail) {
			d.PartsCount, d.UserMetadata = 2, map[string]string{"md5": strings.ToUpper(other)}
		}, other, planner.MD5Metadata},
		{"metadata that is no MD5", func(d *planner.Detail) {
			d.PartsCount, d.UserMetadata = 2, map[string]string{"md5": "none"}
		}, "", planner.MD5Read},
		{"zero bytes", func(d *planner.Detail) { d.SizeBytes = 0 },
			"d41d8cd98f00b204e9800998ecf8427e", planner.MD5Empty},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := seen("dest", "base/x", 9)
			tt.edit(&o.Detail)
			d := planner.Choose(o, externalFacts(), planner.Options{MD5MetadataKey: "MD5"})
			if d.MD5 != tt.md5 || d.MD5Source != tt.source {
				t.Errorf("got %q from %q, want %q from %q", d.MD5, d.MD5Source, tt.md5, tt.source)
			}
		})
	}
}
