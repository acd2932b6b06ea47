package emulator

import (
	"strconv"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// state is everything the emulator knows, by subject. Backend.mu guards it;
// endpoints never hold the lock while they talk to S3.
//
// Each part holds the data of one subject and the parts that it asks: a part
// knows only those that stand above it here. What concerns several of them,
// such as a change of an entity, is edit.
type state struct {
	ids      *sequence
	accounts *accounts
	tree     *tree
	trash    *trashCan

	handles   *fileHandles
	locations *locations
	settings  *uploadSettings
	uploads   *uploads
	usage     *storageUsage

	requirements *requirements
	access       *authorization
	provenance   *provenance
	wikis        *wikis
	mentions     *mentions
}

// newState is an empty Synapse: a root, a trash can, location 1.
func newState(bucket string, realm synapse.Realm, now time.Time) *state {
	s := &state{
		ids:       &sequence{last: firstID},
		accounts:  newAccounts(realm, now),
		tree:      newTree(realm, now),
		handles:   &fileHandles{byID: map[int64]*synapse.FileHandle{}},
		locations: newLocations(bucket, now),
		uploads:   &uploads{byID: map[int64]*upload{}, byHash: map[string]int64{}},
		mentions:  &mentions{dois: map[doiKey]*synapse.DOIAssociation{}, threads: map[int64]int64{}},
	}
	s.trash = &trashCan{tree: s.tree, rows: map[int64]*trashed{}}
	s.settings = &uploadSettings{
		tree: s.tree, locations: s.locations, byEntity: map[int64]*synapse.UploadSetting{},
	}
	s.usage = &storageUsage{
		tree: s.tree, handles: s.handles,
		limits: map[usageKey]int64{}, sums: map[int64]*usage{},
	}
	s.requirements = &requirements{
		ids: s.ids, tree: s.tree,
		byID: map[int64]*synapse.AccessRequirement{}, bound: map[int64][]int64{},
		approvals: map[approvalKey]*synapse.AccessApproval{},
	}
	s.access = &authorization{accounts: s.accounts, tree: s.tree, requirements: s.requirements}
	s.provenance = &provenance{
		ids: s.ids, tree: s.tree, access: s.access,
		byID: map[int64]*synapse.Activity{}, generated: map[int64][]int64{},
	}
	s.wikis = &wikis{tree: s.tree, access: s.access, pages: map[int64][]wikiPage{}}
	return s
}

// sequence hands out the IDs of entities, file handles, uploads and storage
// locations, which share one counter.
type sequence struct{ last int64 }

func (q *sequence) next() int64 {
	q.last++
	return q.last
}

// User is one Synapse user.
type User struct {
	ID        int64
	Name      string
	Emails    []string
	FirstName string
	LastName  string
	Teams     []int64
	// Certified users may create content; NoTerms have not accepted the
	// terms of use.
	Certified bool
	NoTerms   bool
	// TwoFactor users have two factor authentication, Validated ones a
	// validated profile: access requirements may ask for either.
	TwoFactor bool
	Validated bool

	etag      string
	createdOn time.Time
	nobody    bool // the anonymous user
}

// token is a personal access token.
type token struct {
	userID  int64
	scopes  []string
	expires time.Time // zero: never
}

// node is one entity.
type node struct {
	id, parent   int64
	kind         string // concrete type
	name, alias  string
	etag         string
	createdOn    time.Time
	createdBy    int64
	acl          *synapse.ACL // nil: inherited
	versions     []*revision  // by number, ascending
	lastVersion  int64        // highest number ever used
	linksTo      *synapse.Reference
	linksToClass string
	repository   string // of a Docker repository
	// openData entities may be downloaded by all who may read them.
	openData bool
}

// revision is one version of an entity.
type revision struct {
	number         int64
	label, comment string
	description    string
	handleID       int64    // 0: none
	upsertKey      []string // of a record set
	activityID     int64    // 0: none
	annotations    map[string]synapse.AnnotationValue
	modifiedOn     time.Time
	modifiedBy     int64
}

// trashed is one row of the trash can: an entity that was deleted. What lies
// below it has no row of its own; it hangs in the trash along with it.
type trashed struct {
	id, originalParent int64
	name               string
	deletedBy          int64
	deletedOn          time.Time
	purge              bool // flagged for the purge worker
}

// upload is one multipart upload or copy.
type upload struct {
	id       int64
	hash     string // of (user, request)
	request  synapse.MultipartRequest
	userID   int64
	state    string
	parts    []string // ETag by part, empty while missing
	bucket   string
	key      string
	s3ID     string
	result   int64
	source   *synapse.FileHandle // of a copy
	etag     string              // of a copy's source
	started  time.Time
	updated  time.Time
	location int64
	size     int64
}

// current is the newest revision.
func (n *node) current() *revision { return n.versions[len(n.versions)-1] }

// synID is an entity ID as the server writes it.
func synID(id int64) string { return "syn" + strconv.FormatInt(id, 10) }

// parseID reads an entity ID: trimmed, any case, prefix optional.
func parseID(text string) (int64, error) {
	t := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "syn")
	id, err := strconv.ParseInt(t, 10, 64)
	if err != nil || id < 0 {
		return 0, invalidf("%s is not a valid Synapse ID.", text)
	}
	return id, nil
}
