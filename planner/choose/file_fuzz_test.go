package choose_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// world is the truth about one file version, which choose.File learns piece
// by piece.
type world struct {
	file  choose.FileFacts
	reach planner.Reach
	// here are the credentials that look at the destination's bucket.
	here   bool
	head   choose.HeadAnswer
	detail planner.Detail
	facts  rules.DestinationFacts
	opt    planner.Options
	popt   planner.ProjectOptions
}

// dice picks from alternatives by the bytes of a fuzzer; zeros when they
// have run out.
type dice struct{ bytes []byte }

func (d *dice) n(limit int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	n := int(d.bytes[0]) % limit
	d.bytes = d.bytes[1:]
	return n
}

func (d *dice) yes() bool { return d.n(2) == 1 }

func pick[T any](d *dice, from ...T) T { return from[d.n(len(from))] }

// newWorld makes a world that may be anything.
func newWorld(d *dice) world {
	var w world
	w.facts = pick(d, regional(), regional(makeManaged), regional(notOwned), regional(notWritable),
		externalFacts())
	if d.yes() {
		w.facts.Destination.BaseKey = ""
	}
	w.file = choose.FileFacts{
		EntityID: "syn20", Version: int64(d.n(9)), Current: d.yes(),
		Folder: pick(d, "", "a", ".versions", ".versions/a", strings.Repeat("d/", 60)+"d",
			long("d", 256)+"/"+long("e", 256)),
		Name:              pick(d, "b", "owner.txt", "..", "3", ".versions", long("n", 200), "a=b"),
		PlaceRequirements: pick(d, nil, []int64{5}),
	}
	w.facts.Requirements = pick(d, nil, []int64{5, 6})
	w.file.Handle = anyHandle(d, w.facts.Destination)
	w.file.Location.Owner = pick(d, planner.OwnerSynapse, planner.OwnerCaller, planner.OwnerOther,
		planner.OwnerOutside, "")
	w.reach = planner.Reach{
		Region: pick(d, "us-east-1", "eu-west-1", ""), Readable: d.yes(), Copyable: d.yes(),
	}
	w.popt = planner.ProjectOptions{
		Mode:     pick(d, planner.ModeCopy, planner.ModeMove),
		Versions: pick(d, "", planner.VersionsAll, planner.VersionsLatest),
		Layout:   pick(d, "", planner.LayoutMirrored, planner.LayoutSynapse),
	}
	w.opt.Force = pick(d, "", "", "", planner.ActionReuse, planner.ActionRegister,
		planner.ActionCopy, planner.ActionSynapseCopy, planner.ActionStream, planner.ActionUpload)
	w.opt.NoPreviews = d.yes()
	w.seen(d)
	return w
}

func anyHandle(d *dice, dest planner.Destination) *synapse.FileHandle {
	if d.n(16) == 15 {
		return nil
	}
	size := pick(d, int64(9), 0, 1, 5<<40, 5<<40+1, 10_000*5<<30+1, -1)
	location := pick(d, dest.StorageLocationID, int64(1), ownLocation)
	base := dest.BaseKey
	if base != "" {
		base += "/"
	}
	key := pick(d, base+"x", base+"owner.txt", dest.BaseKey, dest.BaseKey+"2/x", "other/x", base,
		base+"a/b", base+".versions/b/3", base+long("k", 700))
	h := &synapse.FileHandle{
		ConcreteType: pick(d, synapse.TypeS3FileHandle, synapse.TypeS3FileHandle,
			synapse.TypeGoogleFileHandle, synapse.TypeProxyFileHandle,
			synapse.TypeObjectStoreFileHandle, synapse.TypeExternalFileHandle, "org.example.New"),
		ID: "900", ContentMD5: pick(d, sum, "", "none", strings.ToUpper(sum), emptySum),
		ContentType: pick(d, "text/csv", synapse.NotSet, "application/x-bam"),
		Status:      pick(d, "AVAILABLE", "ARCHIVED"), StorageLocationID: &location, ContentSize: &size,
		BucketName: pick(d, "src", dest.Bucket), Key: key,
	}
	h.Bucket, h.FileKey, h.FilePath, h.ExternalURL = h.BucketName, key, key, "https://example.org/"+key
	if d.n(8) == 7 {
		h.ContentSize = nil
	}
	return h
}

// seen makes up what S3 says of the object.
func (w *world) seen(d *dice) {
	w.here = d.yes()
	w.head = pick(d, choose.HeadSeen, choose.HeadSeen, choose.HeadSeen, choose.HeadGone,
		choose.HeadDenied, choose.HeadRefused)
	w.detail = planner.Detail{
		ETagsAreMD5: d.n(4) != 0,
		Object: planner.Object{
			ETag: pick(d, sum, "", long("f", 32)), SizeBytes: 9,
			StorageClass: pick(d, "", "GLACIER"),
		},
		PartsCount: pick(d, 0, 2), Encryption: pick(d, "", "aws:kms"),
		Restore: pick(d, "", `ongoing-request="false"`),
	}
	if h := w.file.Handle; h != nil && h.ContentSize != nil && d.n(8) != 7 {
		w.detail.SizeBytes = max(*h.ContentSize, 0)
	}
}

// choose plays the part of who walks the project: it answers what choose.File
// asks for, each once.
func (w *world) choose(t *testing.T) choose.FileDecision {
	t.Helper()
	d := choose.File(w.file, w.facts, w.opt, w.popt)
	if d.NeedReach {
		w.file.Location.Asked, w.file.Location.Reach = true, w.reach
		d = choose.File(w.file, w.facts, w.opt, w.popt)
	}
	if d.Examine {
		w.file.Head, w.file.Detail = w.head, w.detail
		if d.Action == planner.ActionRegister && !w.here {
			w.file.Head = choose.HeadUnable
		}
		d = choose.File(w.file, w.facts, w.opt, w.popt)
	}
	if d.NeedReach || d.Examine {
		t.Fatalf("it asks again: %+v", d)
	}
	return d
}

// looked reports whether S3 described the object.
func (w *world) looked() bool { return w.file.Head == choose.HeadSeen }

func (w *world) kind() string {
	return w.file.Handle.ConcreteType[strings.LastIndexByte(w.file.Handle.ConcreteType, '.')+1:]
}

// hidden reports whether the object's own bucket keeps it from the
// credentials.
func (w *world) hidden() bool { return w.file.Head == choose.HeadDenied }

func (w *world) readsS3() bool {
	s3 := w.kind() == "S3FileHandle" || w.kind() == "ExternalObjectStoreFileHandle"
	return s3 && w.reach.Readable && !w.hidden()
}

func (w *world) readsURL() bool {
	switch w.kind() {
	case "S3FileHandle", "GoogleCloudFileHandle", "ProxyFileHandle":
		return w.file.Handle.Status != "ARCHIVED"
	}
	return false
}

// bytes is the object's size, -1 where nobody knows it.
func (w *world) bytes() int64 {
	if w.looked() {
		return w.detail.SizeBytes
	}
	if size := w.file.Handle.ContentSize; size != nil && *size >= 0 {
		return *size
	}
	return -1
}

// usable reports whether the folder's credentials can read the key in the
// destination's bucket.
func (w *world) usable(key string) bool {
	base := w.facts.Destination.BaseKey
	if base == "" {
		return key != "" && key != "owner.txt"
	}
	return len(key) > len(base)+1 && strings.HasPrefix(key, base+"/") && key != base+"/owner.txt"
}

// writable reports whether an object can be written to the key: by what the
// services allow, and by what other objects need.
func (w *world) writable(key string) bool {
	if !w.usable(key) || utf8.RuneCountInString(key) > 700 || len(key) > 1024 {
		return false
	}
	versions := w.popt.Versions == planner.VersionsAll ||
		w.popt.Versions == "" && w.popt.Mode == planner.ModeMove
	top := w.facts.Destination.BaseKey + "/.versions"
	top = strings.TrimPrefix(top, "/")
	return !versions || !w.file.Current || key != top && !strings.HasPrefix(key, top+"/")
}

// target is the key that mirrors the file's place.
func (w *world) target() string {
	f := w.file
	return choose.MirroredKey(w.facts.Destination.BaseKey, f.Folder, f.Name, f.Version, f.Current)
}

func (w *world) inDestination() bool {
	h := w.file.Handle
	return w.kind() == "S3FileHandle" && h.BucketName == w.facts.Destination.Bucket && w.usable(h.Key)
}

func (w *world) sameLocation() bool {
	return *w.file.Handle.StorageLocationID == w.facts.Destination.StorageLocationID
}

// possible reports whether the services would let an action be done.
func (w *world) possible(a planner.Action) bool {
	d, h, size := w.facts.Destination, w.file.Handle, w.bytes()
	registers := !d.Managed && d.OwnedByCaller
	fits := size >= 0 && size <= 10_000*5<<30 && w.writable(w.target())
	switch a {
	case planner.ActionReuse:
		return w.inDestination() && w.sameLocation()
	case planner.ActionRegister:
		return registers && w.inDestination() && len(h.Key) <= 700 && size >= 0 &&
			(w.looked() || w.file.Head == choose.HeadUnable)
	case planner.ActionCopy:
		return registers && w.looked() && w.reach.Copyable && w.kind() != "GoogleCloudFileHandle" &&
			w.kind() != "ProxyFileHandle" && fits
	case planner.ActionSynapseCopy:
		known := w.reach.Region != "" && d.Region != ""
		return w.kind() == "S3FileHandle" && d.OwnedByCaller && !w.sameLocation() &&
			slices.Contains([]planner.BucketOwner{
				planner.OwnerSynapse, planner.OwnerCaller, planner.OwnerOther,
			}, w.file.Location.Owner) && len(h.ContentMD5) == 32 && h.ContentSize != nil &&
			*h.ContentSize >= 1 && *h.ContentSize <= 5<<40 && h.Status != "ARCHIVED" &&
			(!known || w.reach.Region == d.Region || h.BucketName == d.Bucket)
	case planner.ActionStream:
		return registers && w.facts.STS != rules.STSRefused && (w.readsS3() || w.readsURL()) && fits
	case planner.ActionUpload:
		return (w.readsS3() || w.readsURL()) && size >= 1 && size <= 5<<40
	}
	return false
}

// check chooses in a world: what is decided can be done, nothing preferred
// to it can, and what it writes lies where the folder's credentials can read
// it.
func (w *world) check(t *testing.T) planner.Action {
	t.Helper()
	severities := map[planner.RuleID]planner.Severity{}
	for _, r := range rules.Rules() {
		severities[r.ID] = r.Severity
	}
	d := w.choose(t)
	for _, note := range d.Notes {
		if s, ok := severities[note]; !ok || s == planner.SeverityBlock || s == planner.SeverityStop {
			t.Errorf("note %s is no rule that lets an item pass", note)
		}
	}
	if d.Action != planner.ActionBlock && d.Action != planner.ActionSkip {
		w.checkDone(t, d)
		return d.Action
	}
	if _, ok := severities[d.Rule]; !ok {
		t.Errorf("%s by %q, which is no rule", d.Action, d.Rule)
	}
	w.checkLeftOut(t, d)
	return d.Action
}

func FuzzChooseFile(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		f.Add(randomBytes(random))
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		w := newWorld(&dice{bytes})
		w.check(t)
	})
}

// TestChooseFileInManyWorlds meets every action often enough to mean
// something.
func TestChooseFileInManyWorlds(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	met := map[planner.Action]int{}
	for range 12_000 {
		w := newWorld(&dice{randomBytes(random)})
		met[w.check(t)]++
	}
	for _, a := range append(actions(&world{}), planner.ActionSkip, planner.ActionBlock) {
		if met[a] < 10 {
			t.Errorf("%s was decided %d times", a, met[a])
		}
	}
}

func randomBytes(random *rand.Rand) []byte {
	bytes := make([]byte, 64)
	for i := range bytes {
		bytes[i] = byte(random.UintN(256))
	}
	return bytes
}

// checkLeftOut: nothing is left out that could be migrated, unless by a rule
// that says so.
func (w *world) checkLeftOut(t *testing.T, d choose.FileDecision) {
	switch d.Rule {
	case rules.ContentGone, rules.ContentDenied, rules.ContentChanged,
		rules.ObjectsCustomerKey, rules.ObjectsArchived:
		if w.file.Head == choose.HeadNone {
			t.Errorf("%s, but S3 wasn't asked", d.Rule)
		}
		return
	case rules.NamesInvalid, rules.NamesDots, rules.LimitsDepth,
		rules.GovernanceMove, rules.ContentNoDownload, rules.ContentLink,
		rules.ContentUnknownHandle, rules.MoveVersionInPlace, rules.MoveNoMD5:
		return
	}
	for _, a := range actions(w) {
		if w.possible(a) {
			t.Errorf("%s, but %s is possible", d.Rule, a)
		}
	}
}

// actions are those that come into question, the preferred first.
func actions(w *world) []planner.Action {
	if w.opt.Force != "" {
		return []planner.Action{w.opt.Force}
	}
	if w.popt.Layout == planner.LayoutSynapse {
		return []planner.Action{planner.ActionReuse, planner.ActionRegister,
			planner.ActionSynapseCopy, planner.ActionCopy, planner.ActionStream, planner.ActionUpload}
	}
	return []planner.Action{planner.ActionReuse, planner.ActionRegister, planner.ActionCopy,
		planner.ActionSynapseCopy, planner.ActionStream, planner.ActionUpload}
}

// checkDone: what is done can be done.
func (w *world) checkDone(t *testing.T, d choose.FileDecision) {
	if d.Rule != "" {
		t.Errorf("%s, and yet %s", d.Rule, d.Action)
	}
	if !w.possible(d.Action) {
		t.Errorf("%s is not possible", d.Action)
	}
	own := w.inDestination() && w.file.Handle.Key == w.target() &&
		(w.opt.Force == planner.ActionCopy || w.opt.Force == planner.ActionStream) &&
		(d.Action == planner.ActionReuse || d.Action == planner.ActionRegister)
	for _, a := range actions(w) {
		if a == d.Action || own {
			break
		}
		// S3 is asked about what is registered or copied by it.
		if w.possible(a) || w.opt.Force != "" {
			t.Errorf("%s, though %s is preferred", d.Action, a)
		}
	}
	if d.DestKey != "" && !w.usable(d.DestKey) {
		t.Errorf("key %q can't be read with the folder's credentials", d.DestKey)
	}
	if w.looked() && d.Action != planner.ActionReuse {
		w.checkObject(t)
	}
	w.checkWay(t, d)
	w.checkMD5(t, d)
}

// checkObject: the object is what the handle says, and can be read.
func (w *world) checkObject(t *testing.T) {
	h := w.file.Handle
	if h.ContentSize != nil && *h.ContentSize >= 0 && *h.ContentSize != w.detail.SizeBytes {
		t.Errorf("size %d is taken for %d", w.detail.SizeBytes, *h.ContentSize)
	}
	proven := w.detail.ETagsAreMD5 && w.detail.PartsCount == 0 && w.detail.Encryption == "" && len(w.detail.ETag) == 32
	if proven && len(h.ContentMD5) == 32 && w.detail.SizeBytes > 0 &&
		!strings.EqualFold(w.detail.ETag, h.ContentMD5) {
		t.Errorf("MD5 %s is taken for %s", w.detail.ETag, h.ContentMD5)
	}
	if w.detail.StorageClass == "GLACIER" && w.detail.Restore == "" {
		t.Error("an archived object is read")
	}
}

// checkWay: keys and the way of the bytes fit the action.
func (w *world) checkWay(t *testing.T, d choose.FileDecision) {
	key := w.file.Handle.Key
	switch d.Action {
	case planner.ActionReuse, planner.ActionRegister:
		if d.DestKey != key {
			t.Errorf("key %q is registered as %q", key, d.DestKey)
		}
	case planner.ActionCopy, planner.ActionStream:
		if d.DestKey != w.target() {
			t.Errorf("the key is %q, want %q", d.DestKey, w.target())
		}
	}
	mirrors := d.Action == planner.ActionSynapseCopy && w.popt.Layout == planner.LayoutMirrored &&
		!w.facts.Destination.Managed && w.facts.STS != rules.STSRefused && w.writable(w.target())
	if mirrors != (d.Mirror != "") || d.Mirror != "" && (d.Mirror != w.target() || d.DestKey != d.Mirror) {
		t.Errorf("mirrored to %q, want %v to %q", d.Mirror, mirrors, w.target())
	}
	reads := d.Action == planner.ActionStream || d.Action == planner.ActionUpload
	if d.Download != (reads && !w.readsS3()) {
		t.Errorf("%s by download URL: %v", d.Action, d.Download)
	}
}

// checkMD5: the MD5 is what the handle says, or is yet to be computed.
func (w *world) checkMD5(t *testing.T, d choose.FileDecision) {
	recorded := w.file.Handle.ContentMD5
	if d.MD5 != "" && (len(d.MD5) != 32 || d.MD5 != strings.ToLower(d.MD5)) {
		t.Errorf("MD5 %q", d.MD5)
	}
	if len(recorded) == 32 && d.MD5 != strings.ToLower(recorded) {
		t.Errorf("MD5 %q, want the handle's %q", d.MD5, recorded)
	}
	unknown := d.MD5Source == planner.MD5Passing || d.MD5Source == planner.MD5Read ||
		d.MD5Source == planner.MD5None && d.Action == planner.ActionReuse
	if (d.MD5 == "") != unknown {
		t.Errorf("MD5 %q from %q", d.MD5, d.MD5Source)
	}
	verbatim := d.Action == planner.ActionSynapseCopy && d.Mirror == ""
	if w.popt.Mode == planner.ModeMove && d.Action != planner.ActionReuse && !verbatim &&
		d.MD5 != recorded {
		t.Errorf("a move from MD5 %q to %q makes another version", recorded, d.MD5)
	}
}
