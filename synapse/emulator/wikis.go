package emulator

import (
	"synapse-migrate/synapse"
)

// wikiPagesPerListing is the default and the largest size of a page of wiki
// headers (V2WikiManagerImpl, October 2024).
const wikiPagesPerListing = 50

type wikiPage struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	ParentID string `json:"parentId,omitempty"`
}

// wikis are the pages of entities' wikis, the root page first.
type wikis struct {
	tree   *tree
	access *authorization
	pages  map[int64][]wikiPage
}

// wikiRoutes are the endpoints that tell whether an entity has a wiki; its
// pages themselves are not here.
func wikiRoutes() []route {
	return []route{
		{"GET /repo/v1/entity/{id}/wikikey", toView, locked(getWikiKey)},
		{"GET /repo/v1/entity/{id}/wikiheadertree", toView, locked(listWikiPages)},
		{"GET /repo/v1/entity/{id}/wikiheadertree2", toView, locked(listWikiPages)},
	}
}

// root is the first page of an entity's wiki, where there is one (404)
// that the user may read (403).
func (w *wikis) root(u *User, id int64, text string) (string, error) {
	pages := w.pages[id]
	if len(pages) == 0 {
		return "", missingf("A root wiki does not exist for ownerId: %d and ownerType: ENTITY", id)
	}
	return pages[0].ID, w.checkReads(u, id, text)
}

func (w *wikis) checkReads(u *User, id int64, text string) error {
	n, err := w.tree.node(id)
	if err == nil {
		err = w.access.require(u, n, synapse.AccessRead)
	}
	if err != nil {
		return forbiddenf("User is not authorized to 'READ' a WikiPage with an ownerId: '%s' of "+
			"type: 'ENTITY'", text)
	}
	return nil
}

func getWikiKey(c *call) (reply, error) {
	text := c.r.PathValue("id")
	id, err := parseID(text)
	if err != nil {
		return reply{}, err
	}
	root, err := c.state.wikis.root(c.user, id, text)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]string{
		"ownerObjectId": text, "ownerObjectType": "ENTITY", "wikiPageId": root,
	})
}

func listWikiPages(c *call) (reply, error) {
	text := c.r.PathValue("id")
	id, err := parseID(text)
	if err != nil {
		return reply{}, err
	}
	limit, err := queryInt(c.r, "limit", wikiPagesPerListing)
	if err != nil {
		return reply{}, err
	}
	offset, err := queryInt(c.r, "offset", defaultOffset)
	if err != nil {
		return reply{}, err
	}
	switch {
	case limit > wikiPagesPerListing:
		return reply{}, invalidf("Limit cannot exceed: %d", wikiPagesPerListing)
	case limit < 0 || offset < 0:
		return reply{}, invalidf("limit and offset must be 0 or greater")
	}
	if err := c.state.wikis.checkReads(c.user, id, text); err != nil {
		return reply{}, err
	}
	if _, err := c.state.wikis.root(c.user, id, text); err != nil {
		return reply{}, err
	}
	page, total := pageFrom(c.state.wikis.pages[id], offset, limit)
	return ok(map[string]any{"results": page, "totalNumberOfResults": total})
}
