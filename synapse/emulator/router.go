package emulator

import (
	"net/http"
	"net/url"
	"strings"
)

// router finds the endpoint of a request as the server's framework does: the
// path with the most literal segments, read from the left, wins. (The
// standard multiplexer refuses overlapping paths such as /entity/{id}/type
// and /entity/md5/{md5}.) One slash at the end changes nothing (Spring 5.3,
// useTrailingSlashMatch: the default); any other empty segment is a path of
// its own, which leads nowhere.
type router struct {
	bySegments map[int][]*endpoint
}

type endpoint struct {
	route
	method, path string
	segments     []string
}

// add enters a route; the pattern is a method, a blank and a path.
func (rt *router) add(r route) {
	method, path, _ := strings.Cut(r.pattern, " ")
	ep := &endpoint{route: r, method: method, path: path, segments: segmentsOf(path)}
	if rt.bySegments == nil {
		rt.bySegments = map[int][]*endpoint{}
	}
	rt.bySegments[len(ep.segments)] = append(rt.bySegments[len(ep.segments)], ep)
}

// find returns the endpoint of a request and sets the request's path values.
// Known tells whether the path exists for any method.
func (rt *router) find(r *http.Request) (ep *endpoint, known bool) {
	segments := segmentsOf(withoutSlash(r.URL.EscapedPath()))
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, candidate := range rt.bySegments[len(segments)] {
		if !candidate.matches(segments) {
			continue
		}
		known = true
		if candidate.method == method && (ep == nil || candidate.before(ep)) {
			ep = candidate
		}
	}
	if ep != nil {
		ep.setValues(r, segments)
	}
	return ep, known
}

func withoutSlash(path string) string { return strings.TrimSuffix(path, "/") }

func segmentsOf(path string) []string {
	return strings.Split(strings.TrimPrefix(path, "/"), "/")
}

func isWildcard(segment string) bool { return strings.HasPrefix(segment, "{") }

func (ep *endpoint) matches(segments []string) bool {
	for i, s := range ep.segments {
		if s != segments[i] && (!isWildcard(s) || segments[i] == "") {
			return false
		}
	}
	return true
}

// before tells whether ep is the more specific of two that match.
func (ep *endpoint) before(other *endpoint) bool {
	for i, s := range ep.segments {
		if isWildcard(s) != isWildcard(other.segments[i]) {
			return !isWildcard(s)
		}
	}
	return false
}

func (ep *endpoint) setValues(r *http.Request, segments []string) {
	for i, s := range ep.segments {
		if !isWildcard(s) {
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil {
			value = segments[i]
		}
		r.SetPathValue(strings.Trim(s, "{}"), value)
	}
}
