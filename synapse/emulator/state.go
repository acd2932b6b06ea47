package emulator

import (
	"strconv"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// state is everything the emulator knows. Emulator.mu guards it; handlers
// never hold the lock while they talk to S3.
type state struct {
	lastID     int64 // entities, handles, uploads, locations share one counter
	lastUserID int64

	realm  synapse.Realm
	users  map[int64]*User
	teams  map[int64]*team
	tokens map[string]*token

	nodes    map[int64]*node      // those in the trash too
	children map[int64]*container // by parent
	trash    map[int64]*trashed   // by the deleted entity

	activities map[int64]*synapse.Activity
	// generated are the entities that an activity was connected to; some
	// may no longer be.
	generated map[int64][]int64

	wikis   map[int64][]wikiPage // by entity, the root page first
	dois    map[doiKey]*synapse.DOIAssociation
	threads map[int64]int64 // how many mention an entity

	requirements map[int64]*synapse.AccessRequirement
	bound        map[int64][]int64 // requirements by restricted entity
	approvals    map[approvalKey]*synapse.AccessApproval

	handles   map[int64]*synapse.FileHandle
	locations map[int64]*synapse.StorageLocation
	// secretKeys are those of proxies, by location.
	secretKeys map[int64]string
	settings   map[int64]*synapse.UploadSetting // by entity id
	uploads    map[int64]*upload
	// uploadsByHash finds the upload that an equal request began; those that
	// were restarted are left out.
	uploadsByHash map[string]int64

	limits map[usageKey]int64 // in bytes
	usages map[int64]*usage   // by project
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

// nextID hands out a new identifier.
func (s *state) nextID() int64 {
	s.lastID++
	return s.lastID
}

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
