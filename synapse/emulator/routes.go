package emulator

// route is one endpoint. Pattern is a method and a path with wildcards in
// braces (call.r.PathValue reads them); of several that match, the one with
// the leftmost literals answers. Scopes are what the token must have.
type route struct {
	pattern string
	scopes  []string
	handler handler
}

// handler answers a call. Those that talk to S3 take the lock themselves,
// for as long as they need the state; the others run locked.
type handler func(*call) (reply, error)

// locked is a handler that holds the lock from its beginning to its end.
func locked(h handler) handler {
	return func(c *call) (reply, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return h(c)
	}
}

// Scopes of personal access tokens.
const (
	scopeView     = "view"
	scopeDownload = "download"
	scopeModify   = "modify"
)

// What most endpoints need.
var (
	toView     = []string{scopeView}
	toModify   = []string{scopeModify}
	toChange   = []string{scopeView, scopeModify}
	toDownload = []string{scopeDownload}
)

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
