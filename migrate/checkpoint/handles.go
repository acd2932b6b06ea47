package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ItemOfHandle is the first item, neither skipped nor blocked, whose Origin
// has that file handle; 0 if there is none. It finds what was appended, before
// sealing and after.
func (f *File) ItemOfHandle(
	ctx context.Context, fileHandleID string,
) (int64, error) {
	var id int64
	q := handleQuery(fileHandleID)
	err := f.reads.QueryRowContext(ctx, q.query, q.args...).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("looking up file handle %s: %w",
			printable(fileHandleID, maxOperationBytes), classify(err))
	}
	return id, nil
}

// handleQuery selects what ItemOfHandle returns.
func handleQuery(fileHandleID string) seek {
	return seek{args: []any{fileHandleID}, query: `SELECT id FROM item
		INDEXED BY item_handle WHERE origin_file_handle_id = ?
		AND origin_file_handle_id <> '' AND ` + isActed + `
		ORDER BY id LIMIT 1`}
}
