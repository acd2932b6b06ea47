package emulator

// route is one endpoint. Pattern is a method and a path with wildcards in
// braces (call.r.PathValue reads them); of several that match, the one with
// the leftmost literals answers. Scopes are what the token must have.
type route struct {
	pattern string
	scopes  []string
	handler func(*call) (reply, error)
}

// Scopes of personal access tokens.
const (
	scopeView     = "view"
	scopeDownload = "download"
	scopeModify   = "modify"
)

// routes is the table of endpoints, by topic.
func routes() []route {
	var all []route
	for _, topic := range [][]route{
		entityRoutes(), containerRoutes(), versionRoutes(), bundleRoutes(),
		annotationRoutes(), accessRoutes(), trashRoutes(), userRoutes(),
		fileHandleRoutes(), multipartRoutes(), storageRoutes(), stsRoutes(),
		activityRoutes(), requirementRoutes(), approvalRoutes(), restrictionRoutes(),
		wikiRoutes(), principalRoutes(), realmRoutes(), usageRoutes(),
	} {
		all = append(all, topic...)
	}
	return all
}
