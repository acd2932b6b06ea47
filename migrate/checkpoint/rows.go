package checkpoint

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

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

// micros is a time as it is stored: microseconds since 1970, UTC; null for
// the zero time.
func micros(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}

// fromMicros reverses micros.
func fromMicros(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

// seek is a query with its arguments.
type seek struct {
	query string
	args  []any
}

// stream runs a query and yields what read makes of each row. The sequence
// ends after the first error, which names what was read.
func stream[T any](
	ctx context.Context, db *sql.DB, what string, q seek,
	read func(*sql.Rows) (T, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := db.QueryContext(ctx, q.query, q.args...)
		if err != nil {
			yield(zero, fmt.Errorf("reading %s: %w", what, classify(err)))
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			value, err := read(rows)
			if err != nil {
				yield(zero, fmt.Errorf("reading %s: %w", what, classify(err)))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, fmt.Errorf("reading %s: %w", what, classify(err)))
		}
	}
}
