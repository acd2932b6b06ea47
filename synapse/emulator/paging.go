package emulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Paging by offset and limit: the defaults of the query parameters
// (ServiceConstants, October 2024 snapshot).
const (
	defaultOffset = 0
	defaultLimit  = 10
)

func pageOf(r *http.Request) (offset, limit int, err error) {
	if offset, err = queryInt(r, "offset", defaultOffset); err != nil {
		return 0, 0, err
	}
	if limit, err = queryInt(r, "limit", defaultLimit); err != nil {
		return 0, 0, err
	}
	if offset < 0 {
		return 0, 0, invalidf("pagination offset must be 0 or greater")
	}
	if limit < 1 {
		return 0, 0, invalidf("pagination limit must be 1 or greater")
	}
	return offset, limit, nil
}

func queryInt(r *http.Request, name string, missing int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, invalidf("For input string: \"%s\"", text)
	}
	return n, nil
}

// pageFrom cuts a page out of a list. The total is the server's estimate:
// what has been seen, and one more when the page is full (PaginatedResults).
func pageFrom[T any](all []T, offset, limit int) (page []T, total int64) {
	offset = min(offset, len(all))
	page = all[offset : min(len(all)-offset, limit)+offset]
	total = int64(offset + len(page))
	if len(page) == limit {
		total++
	}
	return page, total
}

// childrenPerPage is the default and the largest size of a page that is
// asked for by token (NextPageToken, October 2024 snapshot).
const childrenPerPage = 50

// parsePageToken reads {limit}a{offset}; empty is the first page.
func parsePageToken(token string) (limit, offset int, err error) {
	if token == "" {
		return childrenPerPage, 0, nil
	}
	first, second, _ := strings.Cut(token, "a")
	limit, err1 := strconv.Atoi(first)
	offset, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || limit < 1 || offset < 0 {
		return 0, 0, invalidf("Unknow token format: %s", token) // the server's own spelling
	}
	if limit > childrenPerPage {
		return 0, 0, invalidf("Limit must not exceed: %d", childrenPerPage)
	}
	return limit, offset, nil
}

func pageToken(limit, offset int) string { return fmt.Sprintf("%da%d", limit, offset) }
