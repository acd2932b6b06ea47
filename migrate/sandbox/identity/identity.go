// Package identity is the sandbox's AWS IAM: users with access keys, roles, and
// the sessions issued in their names, each with the policy documents that limit
// it. It stores and looks up. The servers that use it check signatures, and the
// S3 gateway evaluates policies.
package identity

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"sync"
	"time"
)

// Account is the AWS account number that every ARN names.
const Account = "123456789012"

// Reasons why a key isn't good, for errors.Is.
var (
	// errNoKey means that nobody has that access key.
	errNoKey = errors.New("no such access key")
	// ErrBadToken means that the session token is missing, another
	// session's, or sent with a long-lived key.
	ErrBadToken = errors.New("session token doesn't fit the access key")
	// ErrExpired means that the session's time is up.
	ErrExpired = errors.New("session has expired")
)

// Key is an access key. SessionToken is empty for a long-lived one. It
// prints without its secrets.
type Key struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
}

// String is the access key ID alone.
func (k Key) String() string { return k.AccessKeyID }

// GoString is the access key ID alone.
func (k Key) GoString() string { return k.AccessKeyID }

// Principal is who a request comes from, and what limits it.
type Principal struct {
	// Name is a short name for people: a user's, or that of the role whose
	// session it is.
	Name string
	ARN  string
	// UserID is AWS's unique identifier of the principal.
	UserID string
	Key    Key
	// Policies are the identity's own policy documents (JSON).
	Policies []string
	// Limited says that SessionPolicy narrows the policies; an empty
	// document then allows nothing.
	Limited       bool
	SessionPolicy string
	// Expires is when a session ends; zero for a long-lived user.
	Expires time.Time
	// Root is the account's root: everything is allowed.
	Root bool
}

// Session reports whether the principal is a temporary one.
func (p Principal) Session() bool { return !p.Expires.IsZero() }

// Role is what may be assumed.
type Role struct {
	Name string
	// Policies are the role's own policy documents (JSON).
	Policies []string
	// Trusted are the ARNs of the users who may assume the role.
	Trusted []string
	// ExternalID, where not empty, must be given by whoever assumes it.
	ExternalID string
	// MaxLife is the longest session; 0 is AWS's default of one hour.
	MaxLife time.Duration
}

// ARN names the role.
func (r Role) ARN() string { return "arn:aws:iam::" + Account + ":role/" + r.Name }

// Store holds users, roles and sessions. It is safe for concurrent use.
type Store struct {
	now func() time.Time

	mu         sync.Mutex
	principals map[string]Principal // by access key ID
	roles      map[string]Role      // by ARN
}

// New returns an empty store; a nil clock is time.Now.
func New(now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{
		now: now, principals: make(map[string]Principal), roles: make(map[string]Role),
	}
}

// Now is the store's clock, the one that sessions expire by.
func (s *Store) Now() time.Time { return s.now() }

// AddRoot makes the account's root user, and its key.
func (s *Store) AddRoot() Principal {
	p := Principal{
		Name: "root", ARN: "arn:aws:iam::" + Account + ":root", UserID: Account,
		Key: newKey("AKIA"), Root: true,
	}
	s.keep(p)
	return p
}

// AddUser makes a long-lived user with policies (JSON documents), and its
// key.
func (s *Store) AddUser(name string, policies ...string) Principal {
	p := Principal{
		Name: name, ARN: "arn:aws:iam::" + Account + ":user/" + name,
		UserID: identifier("AIDA"), Key: newKey("AKIA"), Policies: policies,
	}
	s.keep(p)
	return p
}

// AddRole adds a role, and returns its ARN.
func (s *Store) AddRole(r Role) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles[r.ARN()] = r
	return r.ARN()
}

// Role finds a role.
func (s *Store) Role(arn string) (Role, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, found := s.roles[arn]
	return r, found
}

// RoleSession issues a session of a role, narrowed by a session policy
// unless that is empty.
func (s *Store) RoleSession(r Role, session, policy string, life time.Duration) Principal {
	p := Principal{
		Name:   r.Name,
		ARN:    "arn:aws:sts::" + Account + ":assumed-role/" + r.Name + "/" + session,
		UserID: identifier("AROA") + ":" + session, Policies: r.Policies,
		Limited: policy != "", SessionPolicy: policy,
	}
	return s.issue(p, life)
}

// FederatedSession issues a session in the name of a user, with what both
// the user and the policy allow; no policy allows nothing.
func (s *Store) FederatedSession(of Principal, name, policy string, life time.Duration) Principal {
	p := Principal{
		Name:   of.Name,
		ARN:    "arn:aws:sts::" + Account + ":federated-user/" + name,
		UserID: Account + ":" + name, Policies: of.Policies,
		Limited: true, SessionPolicy: policy,
	}
	return s.issue(p, life)
}

func (s *Store) issue(p Principal, life time.Duration) Principal {
	p.Key = newKey("ASIA")
	p.Key.SessionToken = token()
	// AWS gives expirations in whole seconds.
	p.Expires = s.now().Add(life + time.Second - 1).Truncate(time.Second).UTC()
	s.keep(p)
	return p
}

func (s *Store) keep(p Principal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.principals[p.Key.AccessKeyID] = p
}

// Lookup finds who an access key belongs to, for the session token that
// came with it. The error is ErrBadToken, ErrExpired, or another one for an
// unknown key. An expired session is returned along with ErrExpired.
func (s *Store) Lookup(accessKeyID, sessionToken string) (Principal, error) {
	s.mu.Lock()
	p, found := s.principals[accessKeyID]
	s.mu.Unlock()
	switch {
	case !found:
		return Principal{}, errNoKey
	case p.Key.SessionToken != sessionToken:
		return Principal{}, ErrBadToken
	case p.Session() && !s.now().Before(p.Expires):
		return p, ErrExpired
	}
	return p, nil
}

// NameOf is the short name of an access key's principal, "unknown" for
// none. It needs no token, since it only labels.
func (s *Store) NameOf(accessKeyID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, found := s.principals[accessKeyID]; found {
		return p.Name
	}
	return "unknown"
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// identifier is a prefix and 16 random letters, as AWS makes them.
func identifier(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return prefix + string(b[:])
}

func newKey(prefix string) Key {
	var secret [30]byte
	_, _ = rand.Read(secret[:])
	return Key{
		AccessKeyID:     identifier(prefix),
		SecretAccessKey: base64.StdEncoding.EncodeToString(secret[:]),
	}
}

// token is as long as tokens of AWS often are.
func token() string {
	var b [240]byte
	_, _ = rand.Read(b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}
