package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

// ACTTeamID is the Access and Compliance Team, whose members make access
// requirements and approve users (AuthorizationConstants, October 2024
// snapshot). Users of this team have it in User.Teams.
const ACTTeamID int64 = 464532

// Limits of access requirements (AccessRequirementManagerImpl, October 2024
// snapshot).
const (
	maxRequirementDescription = 50
	requirementsPerPage       = 50
)

// scopeAuthorize is the scope of those who manage access; the tokens that
// AddToken makes by default don't have it.
const scopeAuthorize = "authorize"

func requirementRoutes() []route {
	manage := []string{scopeModify, scopeAuthorize}
	return []route{
		{"POST /repo/v1/accessRequirement", toChange, locked(createRequirement)},
		{"GET /repo/v1/accessRequirement/{id}", toView, locked(getRequirement)},
		{"DELETE /repo/v1/accessRequirement/{id}", manage, locked(deleteRequirement)},
		{"GET /repo/v1/entity/{id}/accessRequirement", toView, locked(listRequirements)},
		{"POST /repo/v1/entity/{id}/lockAccessRequirement", toChange, locked(lockEntity)},
	}
}

// requirements are the access requirements and who is approved for them.
type requirements struct {
	ids       *sequence
	tree      *tree
	byID      map[int64]*synapse.AccessRequirement
	bound     map[int64][]int64 // requirements by restricted entity
	approvals map[approvalKey]*synapse.AccessApproval
}

// isSelfSigned tells whether users approve a type of requirement themselves.
func isSelfSigned(concreteType string) bool {
	return concreteType == synapse.TypeSelfSignRequirement ||
		concreteType == synapse.TypeTermsOfUseRequirement
}

func isTrue(b *bool) bool { return b != nil && *b }

// createRequirement restricts entities
// (AccessRequirementManagerImpl.createAccessRequirement, October 2024).
func createRequirement(c *call) (reply, error) {
	var body synapse.AccessRequirement
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if err := checkRequirement(body); err != nil {
		return reply{}, err
	}
	if !c.user.inACT() {
		return reply{}, forbiddenf("Only ACT member can create an AccessRequirement.")
	}
	for _, subject := range body.SubjectIDs {
		if subject.Type != synapse.SubjectEntity {
			continue
		}
		id, err := parseID(subject.ID)
		if err != nil {
			return reply{}, err
		}
		inherited := c.state.settings.byEntity[id] == nil
		if err := stsRequirementRule(c.state.settings.nearestLocation(id), inherited); err != nil {
			return reply{}, err
		}
	}
	if err := c.state.requirements.checkName(body); err != nil {
		return reply{}, err
	}
	return created(*c.state.requirements.add(c.writing(), body))
}

// checkRequirement looks at a document alone.
func checkRequirement(r synapse.AccessRequirement) error {
	switch r.ConcreteType {
	case synapse.TypeManagedRequirement, synapse.TypeACTRequirement, synapse.TypeSelfSignRequirement,
		synapse.TypeTermsOfUseRequirement, synapse.TypeLockRequirement:
	default:
		return invalidf("Could not read JSON: no access requirement of concreteType '%s'", r.ConcreteType)
	}
	if r.AccessType == "" {
		return invalidf("AccessType is required.")
	}
	if err := checkSubjects(r); err != nil {
		return err
	}
	if period := r.ExpirationPeriod; period != nil && *period < 0 {
		return invalidf("When supplied, the expiration period should be greater than 0")
	}
	return nil
}

// checkSubjects wants subjects that fit the type of access.
func checkSubjects(r synapse.AccessRequirement) error {
	switch byAnnotations := isTrue(r.SubjectsDefinedByAnnotations); {
	case byAnnotations && len(r.SubjectIDs) > 0:
		return invalidf("When 'subjectsDefinedByAnnotations' = true, then subjectIds must be " +
			"empty or excluded.")
	case !byAnnotations && r.SubjectIDs == nil:
		return invalidf("When 'subjectsDefinedByAnnotations' = false (or excluded), then " +
			"subjectIds must be included.")
	case chars(r.Description) > maxRequirementDescription:
		return invalidf("The AR description can be at most %d characters.", maxRequirementDescription)
	}
	var expected string
	switch r.AccessType {
	case synapse.AccessDownload:
		expected = synapse.SubjectEntity
	case accessParticipate:
		expected = synapse.SubjectTeam
	default:
		return invalidf("Not support creating AccessRequirement with AccessType: %s", r.AccessType)
	}
	for _, subject := range r.SubjectIDs {
		if subject.Type != expected {
			return invalidf("Cannot apply AccessRequirement with AccessType %s to an object of type %s",
				r.AccessType, subject.Type)
		}
	}
	return nil
}

// accessParticipate is the type of access to a team.
const accessParticipate synapse.AccessType = "PARTICIPATE"

// requirementName is what a requirement is called: its name, else its
// description, else its ID (AccessRequirementUtils, October 2024 snapshot).
func requirementName(r synapse.AccessRequirement) string {
	for _, name := range []string{r.Name, r.Description} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	if r.ID != 0 {
		return decimal(r.ID)
	}
	return ""
}

// checkName is 409 for a name that another requirement has; the
// database compares without regard to letter case.
func (rs *requirements) checkName(r synapse.AccessRequirement) error {
	name := requirementName(r)
	for _, other := range rs.byID {
		if name != "" && strings.EqualFold(other.Name, name) {
			return failf(http.StatusConflict,
				"An AccessRequirement with the name: '%s' already exists", r.Name)
		}
	}
	return nil
}

// add stores a new requirement, defaults filled in, and binds it
// to its entities.
func (rs *requirements) add(w edit, r synapse.AccessRequirement) *synapse.AccessRequirement {
	r.ID, r.Etag, r.VersionNumber = rs.ids.next(), newEtag(), 0
	r.CreatedBy, r.ModifiedBy = decimal(w.user.ID), decimal(w.user.ID)
	r.CreatedOn = synapse.NewTime(w.now)
	r.ModifiedOn = r.CreatedOn
	r.Name = requirementName(r)
	setRequirementDefaults(&r)
	r.SubjectIDs = rs.bind(r.ID, r.SubjectIDs)
	rs.byID[r.ID] = &r
	return &r
}

// bind restricts entities by a requirement, each once, and returns the
// subjects as the server writes them.
func (rs *requirements) bind(requirement int64, subjects []synapse.Subject) []synapse.Subject {
	bound := []synapse.Subject{}
	for _, subject := range subjects {
		id, err := parseID(subject.ID)
		if subject.Type == synapse.SubjectEntity && err == nil {
			subject.ID = synID(id)
		}
		if slices.Contains(bound, subject) {
			continue
		}
		bound = append(bound, subject)
		if subject.Type == synapse.SubjectEntity {
			rs.bound[id] = append(rs.bound[id], requirement)
		}
	}
	return bound
}

func setRequirementDefaults(r *synapse.AccessRequirement) {
	fill := func(value bool, fields ...**bool) {
		for _, f := range fields {
			if *f == nil {
				*f = &value
			}
		}
	}
	switch r.ConcreteType {
	case synapse.TypeManagedRequirement:
		fill(false, &r.IsDUCRequired, &r.IsIRBApprovalRequired, &r.AreOtherAttachmentsRequired,
			&r.IsIDUPublic, &r.IsTwoFaRequired)
		fill(true, &r.IsIDURequired)
		if r.ExpirationPeriod == nil {
			r.ExpirationPeriod = new(int64)
		}
	case synapse.TypeSelfSignRequirement:
	default:
		return
	}
	fill(false, &r.IsCertifiedUserRequired, &r.IsValidatedProfileRequired)
}

func (rs *requirements) find(text string) (*synapse.AccessRequirement, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, invalidf("For input string: \"%s\"", text)
	}
	if r := rs.byID[id]; r != nil {
		return r, nil
	}
	return nil, missingf("An access requirement with id %s cannot be found.", text)
}

func getRequirement(c *call) (reply, error) {
	r, err := c.state.requirements.find(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(*r)
}

func deleteRequirement(c *call) (reply, error) {
	if !c.user.inACT() {
		return reply{}, forbiddenf("Only ACT member can delete an AccessRequirement.")
	}
	s := c.state
	r, err := s.requirements.find(c.r.PathValue("id"))
	if err != nil {
		return ok(nil)
	}
	delete(s.requirements.byID, r.ID)
	for id, bound := range s.requirements.bound {
		s.requirements.bound[id] = slices.DeleteFunc(bound, func(one int64) bool { return one == r.ID })
	}
	for key := range s.requirements.approvals {
		if key.requirement == r.ID {
			delete(s.requirements.approvals, key)
		}
	}
	return ok(nil)
}

// listRequirements pages through the requirements at an entity, its
// ancestors' too. No permission is asked for, and the entity may lie in the
// trash.
func listRequirements(c *call) (reply, error) {
	limit, err := queryInt(c.r, "limit", requirementsPerPage)
	if err != nil {
		return reply{}, err
	}
	offset, err := queryInt(c.r, "offset", defaultOffset)
	if err != nil {
		return reply{}, err
	}
	switch {
	case limit < 1 || limit > requirementsPerPage:
		return reply{}, invalidf("limit must be between 1 and %d", requirementsPerPage)
	case offset < 0:
		return reply{}, invalidf("offset must be at least 0")
	}
	id, err := parseID(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	n := c.state.tree.nodes[id]
	if n == nil {
		return reply{}, missingf("Cannot find a node with id: %s", c.r.PathValue("id"))
	}
	page := synapse.AccessRequirementPage{Results: []synapse.AccessRequirement{}}
	cut, total := pageFrom(c.state.requirements.at(n), offset, limit)
	for _, r := range cut {
		page.Results = append(page.Results, *r)
	}
	page.TotalResults = total
	return ok(page)
}

// lockEntity restricts an entity until the Access and Compliance Team has
// looked at it. Those who may change the entity may do so.
func lockEntity(c *call) (reply, error) {
	text := c.r.PathValue("id")
	s := c.state
	n, err := s.tree.nodeFor(text)
	if err != nil {
		return reply{}, err
	}
	for _, right := range []synapse.AccessType{synapse.AccessCreate, synapse.AccessUpdate} {
		if err := s.access.require(c.user, n, right); err != nil {
			return reply{}, err
		}
	}
	if len(s.requirements.at(n)) > 0 {
		return reply{}, invalidf("Entity %s is already restricted.", text)
	}
	if err := stsRequirementRule(s.settings.nearestLocation(n.id), s.settings.byEntity[n.id] == nil); err != nil {
		return reply{}, err
	}
	return created(*s.requirements.add(c.writing(), synapse.AccessRequirement{
		ConcreteType: synapse.TypeLockRequirement, AccessType: synapse.AccessDownload,
		SubjectIDs: []synapse.Subject{{ID: synID(n.id), Type: synapse.SubjectEntity}},
		JiraKey:    "SG-" + decimal(n.id),
	}))
}
