package checkpoint

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"

	"synapse-migrate/planner"
)

// itemColumns are read by itemRow, in this order, from item AS i.
const itemColumns = `i.id, ` + itemFields

// itemFields are itemColumns without the ID.
const itemFields = `i.folder_id, i.name, i.bucket, i.key, i.etag,
	i.size, i.modified_on, i.storage_class, i.action, i.rule, i.md5,
	i.md5_source, i.dest_key, i.content_type, i.replace_entity_id,
	i.replace_object, i.annotations, i.download, i.kept, i.origin, i.follows, i.shares,
	i.version_id, i.checksum, i.record_origin, i.compare_object, i.compare_entity_id`

// itemRow receives a row of itemColumns.
type itemRow struct {
	item        planner.Item
	modifiedOn  sql.NullInt64
	annotations document
	download    document
	kept        document
	origin      document
	dest        []any
}

// newItemRow has the row's pointers made once for all rows of a query.
func newItemRow() *itemRow {
	r := &itemRow{}
	i, o := &r.item, &r.item.Source
	r.dest = []any{
		&i.ID, &i.FolderID, &i.Name, &o.Bucket, &o.Key, &o.ETag,
		&o.SizeBytes, &r.modifiedOn, &o.StorageClass, &i.Action, &i.Rule,
		&i.MD5, &i.MD5Source, &i.DestKey, &i.ContentType,
		&i.ReplaceEntityID, &i.ReplaceObject, &r.annotations,
		&r.download, &r.kept, &r.origin, &i.Follows, &i.Shares,
		&o.VersionID, &i.Checksum, &i.RecordOrigin, &i.CompareObject, &i.CompareEntityID,
	}
	return r
}

// value is the item that the last Scan left in the row.
func (r *itemRow) value() (planner.Item, error) {
	i := r.item
	i.Source.LastModified = fromMicros(r.modifiedOn)
	i.Annotations, i.Source.Download, i.Kept, i.Origin = nil, nil, nil, nil
	err := cmp.Or(
		r.annotations.decode(&i.Annotations),
		r.kept.decode(&i.Kept),
		r.origin.decode(&i.Origin),
		r.download.decode(&i.Source.Download))
	if err != nil {
		return i, fmt.Errorf("item %d: %w", i.ID, err)
	}
	return i, nil
}

// itemNames are the columns of an item, in the order of itemValues.
const itemNames = `id, folder_id, name, bucket, key, etag,
	size, modified_on, storage_class, action, rule, md5, md5_source,
	dest_key, content_type, replace_entity_id, replace_object, annotations,
	download, kept, origin, follows, shares,
	version_id, checksum, record_origin, compare_object, compare_entity_id`

// insertItem stores itemValues.
const insertItem = `INSERT INTO item (` + itemNames + `)
	VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

// itemValues are what insertItem stores, in the order of its columns.
func itemValues(i planner.Item) ([]any, error) {
	annotations, err := encode(i.Annotations, i.Annotations != nil)
	if err != nil {
		return nil, err
	}
	o := i.Source
	download, err := encode(o.Download, o.Download != nil)
	if err != nil {
		return nil, err
	}
	kept, err := encode(i.Kept, i.Kept != nil)
	if err != nil {
		return nil, err
	}
	origin, err := encode(i.Origin, i.Origin != nil)
	if err != nil {
		return nil, err
	}
	return []any{
		i.ID, i.FolderID, i.Name, o.Bucket, o.Key, o.ETag, o.SizeBytes,
		micros(o.LastModified), o.StorageClass, string(i.Action),
		string(i.Rule), i.MD5, string(i.MD5Source), i.DestKey,
		i.ContentType, i.ReplaceEntityID, i.ReplaceObject, annotations,
		download, kept, origin, i.Follows, i.Shares,
		o.VersionID, i.Checksum, i.RecordOrigin, i.CompareObject, i.CompareEntityID,
	}, nil
}

// Items streams the plan's items in ID order.
func (p Planning) Items(
	ctx context.Context, filter planner.Filter,
) iter.Seq2[planner.Item, error] {
	row := newItemRow()
	return stream(ctx, p.reads, "items", itemQuery(filter),
		func(rows *sql.Rows) (planner.Item, error) {
			if err := rows.Scan(row.dest...); err != nil {
				return planner.Item{}, err
			}
			return row.value()
		})
}

// itemQuery selects what the filter lets through. The items of one folder
// have an index in which they lie by ID, so that the first of many are found
// without a look at the others.
func itemQuery(filter planner.Filter) seek {
	from := "item i NOT INDEXED"
	where, args := []string{"i.id > ?"}, []any{filter.AfterID}
	if filter.FolderID != nil {
		from = "item i INDEXED BY item_folder"
		where = append(where, "i.folder_id = ?")
		args = append(args, *filter.FolderID)
	}
	if filter.Rule != "" {
		where = append(where, "i.rule = ?")
		args = append(args, string(filter.Rule))
	}
	if len(filter.Actions) > 0 {
		where = append(where, "i.action IN "+marks(len(filter.Actions)))
		for _, a := range filter.Actions {
			args = append(args, string(a))
		}
	}
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY i.id",
		itemColumns, from, strings.Join(where, " AND "))
	return seek{query: query, args: args}.limited(filter.Limit)
}

// ItemOfHandle is the first item, neither skipped nor blocked, whose Origin
// has that file handle; 0 if there is none. It finds what was appended, before
// sealing and after.
func (p Planning) ItemOfHandle(
	ctx context.Context, fileHandleID string,
) (int64, error) {
	var id int64
	q := handleQuery(fileHandleID)
	err := p.reads.QueryRowContext(ctx, q.query, q.args...).Scan(&id)
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
