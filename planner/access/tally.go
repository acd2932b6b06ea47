package access

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// Bounds of a Tally, so that it stays small whatever the source
// holds.
const (
	// maxTallied is how many principals that gain access, and how many
	// requirements that are lost, are counted on their own.
	maxTallied = 50
	// maxSharingMarks is up to how many distinct sharing settings are told
	// apart.
	maxSharingMarks = 400
	// maxExampleChars is how long an example gets.
	maxExampleChars = 80
)

// File is what protects one file where it is.
type File struct {
	// Example is what findings show of it: its ID and path.
	Example string
	// SizeBytes are those of all its versions that are migrated.
	SizeBytes int64
	// ACL is the access control list in force; nil where it can't be seen,
	// which counts as if nobody had access.
	ACL *synapse.ACL
	// OpenData is true for a file that all who may read it may download
	// (Permissions.IsEntityOpenData).
	OpenData bool
	// Requirements are the IDs of the access requirements that hold for it.
	Requirements []int64
}

// Tally counts what a project's files lose of their protection in the
// destination: who would gain access, and which access requirements would
// not hold any more. The zero value is empty; it goes through JSON as it is,
// and is bounded: a few kilobytes, 80 at the worst.
type Tally struct {
	Sharings []sharingTally `json:"sharings,omitempty"`
	// Marks are hashes of the sharing settings seen beyond Sharings.
	Marks  []uint64           `json:"marks,omitempty"`
	Gains  []gainTally        `json:"gains,omitempty"`
	Lost   []RequirementTally `json:"lost,omitempty"`
	Totals accessTotals       `json:"totals"`
}

// accessTotals count each file once, whoever gains.
type accessTotals struct {
	Download    planner.Tally `json:"download"`
	Read        planner.Tally `json:"read"`
	Requirement planner.Tally `json:"requirement"`
}

// sharingTally is one sharing setting of the source.
type sharingTally struct {
	Mark      uint64  `json:"mark"`
	Example   string  `json:"example"`
	Downloads []int64 `json:"downloads,omitempty"`
	// More is the number of principals beyond Downloads.
	More      int64 `json:"more,omitempty"`
	Files     int64 `json:"files"`
	SizeBytes int64 `json:"sizeBytes"`
}

// gainTally is a principal that would gain a right. Principal 0 stands for
// all beyond maxTallied.
type gainTally struct {
	Principal int64              `json:"principal"`
	Right     synapse.AccessType `json:"right"`
	Tally     planner.Tally      `json:"tally"`
}

// RequirementTally is an access requirement that would be lost. ID 0 stands
// for all beyond maxTallied.
type RequirementTally struct {
	ID    int64         `json:"id"`
	Tally planner.Tally `json:"tally"`
}

// Add counts one file that is migrated, its versions together. The caller,
// who reads every file of the plan, gains nothing.
func (t *Tally) Add(file File, d rules.DestinationFacts) {
	file.Example = shortened(file.Example)
	var acl synapse.ACL
	if file.ACL != nil {
		acl = *file.ACL
	}
	if file.OpenData {
		acl.ResourceAccess = opened(acl.ResourceAccess)
	}
	t.addSharing(acl, file.SizeBytes)
	t.addGains(acl, file, d)
	missing := LostRequirements(file.Requirements, d.Requirements)
	for _, id := range missing {
		t.requirement(id).Add(file.Example, file.SizeBytes)
	}
	if len(missing) > 0 {
		t.Totals.Requirement.Add(file.Example, file.SizeBytes)
	}
}

// addGains counts who has a right in the destination that the list doesn't
// give.
func (t *Tally) addGains(acl synapse.ACL, file File, d rules.DestinationFacts) {
	var download, read bool
	for _, p := range principalsOf(d.Sharing) {
		if strconv.FormatInt(p, 10) == d.Caller.UserID {
			continue
		}
		switch right := gained(p, d.Sharing, acl.ResourceAccess, d.Destination.EffectiveRealm()); right {
		case synapse.AccessDownload:
			download = true
			t.gain(p, right).Add(file.Example, file.SizeBytes)
		case synapse.AccessRead:
			read = true
			t.gain(p, right).Add(file.Example, file.SizeBytes)
		}
	}
	if download {
		t.Totals.Download.Add(file.Example, file.SizeBytes)
	}
	if read {
		t.Totals.Read.Add(file.Example, file.SizeBytes)
	}
}

// gained is the right that a principal holds by one list and not by the
// other: DOWNLOAD before READ, empty for none.
func gained(
	principal int64, destination, source []synapse.ResourceAccess, realm synapse.Realm,
) synapse.AccessType {
	for _, right := range []synapse.AccessType{synapse.AccessDownload, synapse.AccessRead} {
		if grantsRight(destination, principal, right) && !coversRight(source, principal, right, realm) {
			return right
		}
	}
	return ""
}

// coversRight reports whether a list gives a right to a principal, or to a group
// that it belongs to in any case: everybody belongs to the public group, and
// every user and team to the authenticated users, those of the realm. Members
// of teams aren't known here.
func coversRight(
	acl []synapse.ResourceAccess, principal int64, right synapse.AccessType, realm synapse.Realm,
) bool {
	if grantsRight(acl, principal, right) || grantsRight(acl, realm.Public, right) {
		return true
	}
	anybody := principal == realm.Public || principal == realm.Anonymous
	return !anybody && grantsRight(acl, realm.AuthenticatedUsers, right)
}

// grantsRight reports whether a list names the principal with the right.
func grantsRight(acl []synapse.ResourceAccess, principal int64, right synapse.AccessType) bool {
	return slices.ContainsFunc(acl, func(a synapse.ResourceAccess) bool {
		return a.PrincipalID == principal && slices.Contains(a.AccessType, right)
	})
}

// opened is what a list grants on open data: whoever may read may download,
// too (EntityDeciderFunctions, October 2024 snapshot).
func opened(acl []synapse.ResourceAccess) []synapse.ResourceAccess {
	var all []synapse.ResourceAccess
	for _, a := range acl {
		if slices.Contains(a.AccessType, synapse.AccessRead) &&
			!slices.Contains(a.AccessType, synapse.AccessDownload) {
			a.AccessType = append(slices.Clone(a.AccessType), synapse.AccessDownload)
		}
		all = append(all, a)
	}
	return all
}

// principalsOf are those of a list, in order, each once.
func principalsOf(acl []synapse.ResourceAccess) []int64 {
	var ids []int64
	for _, a := range acl {
		ids = append(ids, a.PrincipalID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// downloaders are the principals of a list that may download.
func downloaders(acl []synapse.ResourceAccess) []int64 {
	return slices.DeleteFunc(principalsOf(acl), func(id int64) bool {
		return !grantsRight(acl, id, synapse.AccessDownload)
	})
}

// addSharing counts the sharing setting that protects a file.
func (t *Tally) addSharing(acl synapse.ACL, sizeBytes int64) {
	mark := markOf(acl.ResourceAccess)
	for i := range t.Sharings {
		if s := &t.Sharings[i]; s.Mark == mark {
			s.Files++
			s.SizeBytes += sizeBytes
			return
		}
	}
	if len(t.Sharings) < planner.MaxSharings {
		ids := downloaders(acl.ResourceAccess)
		kept := min(len(ids), planner.MaxDownloads)
		t.Sharings = append(t.Sharings, sharingTally{
			Mark: mark, Example: acl.ID, Downloads: ids[:kept], More: int64(len(ids) - kept),
			Files: 1, SizeBytes: sizeBytes,
		})
		return
	}
	if len(t.Marks) < maxSharingMarks && !slices.Contains(t.Marks, mark) {
		t.Marks = append(t.Marks, mark)
	}
}

// markOf tells sharing settings apart by who may read and download.
func markOf(acl []synapse.ResourceAccess) uint64 {
	h := fnv.New64a()
	for _, id := range principalsOf(acl) {
		rights := ""
		for _, right := range []synapse.AccessType{synapse.AccessRead, synapse.AccessDownload} {
			if grantsRight(acl, id, right) {
				rights += string(right)
			}
		}
		if rights != "" {
			_, _ = h.Write([]byte(strconv.FormatInt(id, 10) + rights + ";"))
		}
	}
	return h.Sum64()
}

// gain is the tally of a principal and right, with the rest where there are
// too many.
func (t *Tally) gain(principal int64, right synapse.AccessType) *planner.Tally {
	for i := range t.Gains {
		if g := &t.Gains[i]; g.Principal == principal && g.Right == right {
			return &g.Tally
		}
	}
	if len(t.Gains) >= maxTallied && principal != 0 {
		return t.gain(0, right)
	}
	t.Gains = append(t.Gains, gainTally{Principal: principal, Right: right})
	return &t.Gains[len(t.Gains)-1].Tally
}

// requirement is the tally of a requirement, that of the rest where there
// are too many.
func (t *Tally) requirement(id int64) *planner.Tally {
	for i := range t.Lost {
		if l := &t.Lost[i]; l.ID == id {
			return &l.Tally
		}
	}
	if len(t.Lost) >= maxTallied && id != 0 {
		return t.requirement(0)
	}
	t.Lost = append(t.Lost, RequirementTally{ID: id})
	return &t.Lost[len(t.Lost)-1].Tally
}

// shortened bounds the length of an example.
func shortened(example string) string {
	example = strings.ToValidUTF8(example, "\uFFFD")
	if utf8.RuneCountInString(example) <= maxExampleChars {
		return example
	}
	return string([]rune(example)[:maxExampleChars-1]) + "…"
}

// RequirementsOf are the IDs of the access requirements that hold for the
// entity of a bundle, its ancestors' too, in order.
func RequirementsOf(b synapse.Bundle) []int64 {
	if b.RestrictionInformation == nil {
		return nil
	}
	var ids []int64
	for _, r := range b.RestrictionInformation.RestrictionDetails {
		ids = append(ids, r.AccessRequirementID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// mostFiles sorts what has most files first, then by what comes first.
func mostFiles[T any](all []T, files func(T) int64, order func(a, b T) int) {
	slices.SortFunc(all, func(a, b T) int {
		return cmp.Or(cmp.Compare(files(b), files(a)), order(a, b))
	})
}

// LostRequirements are the requirements that are not among those of the destination.
func LostRequirements(requirements, destination []int64) []int64 {
	var missing []int64
	for _, id := range requirements {
		if !slices.Contains(destination, id) && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	return missing
}
