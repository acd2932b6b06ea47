package checkpoint

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"

	"synapse-migrate/planner"
)

// clashQuery has a row for every item at a path that something else claims
// too, by path and item. Names compare byte for byte, as in Synapse.
const clashQuery = `
	SELECT CASE c.folder_id WHEN 0 THEN c.name
			ELSE p.path || '/' || c.name END AS path,
		i.id, coalesce(f.id, 0)
	FROM (
		SELECT folder_id, name FROM item
			WHERE ` + isActed + `
			GROUP BY folder_id, name
			HAVING count(*) > 1 AND (max(origin_entity_id) = ''
				OR min(origin_entity_id) < max(origin_entity_id))
		UNION
		SELECT o.folder_id, o.name FROM folder d
			JOIN item o ON o.folder_id = d.parent_id AND o.name = d.name
			WHERE ` + isActed + `
	) c
	JOIN item i ON i.folder_id = c.folder_id AND i.name = c.name AND ` +
	isActed + `
	LEFT JOIN folder f ON f.parent_id = c.folder_id AND f.name = c.name
	LEFT JOIN folder p ON p.id = c.folder_id
	ORDER BY path, i.id`

// Clashes are the paths claimed more than once, in the order of their bytes.
// The versions of one file share a path: together they claim it once.
func (f *File) Clashes(ctx context.Context) iter.Seq2[planner.Clash, error] {
	rows := stream(ctx, f.reads, "clashing paths", seek{query: clashQuery},
		func(rows *sql.Rows) (planner.Clash, error) {
			c := planner.Clash{ItemIDs: make([]int64, 1)}
			err := rows.Scan(&c.Path, &c.ItemIDs[0], &c.FolderID)
			return c, err
		})
	return func(yield func(planner.Clash, error) bool) {
		var open planner.Clash
		for c, err := range rows {
			if err != nil {
				yield(planner.Clash{}, err)
				return
			}
			if len(open.ItemIDs) > 0 && c.Path == open.Path {
				open.ItemIDs = append(open.ItemIDs, c.ItemIDs...)
				continue
			}
			if len(open.ItemIDs) > 0 && !yield(open, nil) {
				return
			}
			open = c
		}
		if len(open.ItemIDs) > 0 {
			yield(open, nil)
		}
	}
}

// loadQuery has a row for every folder with more children than asked for.
const loadQuery = `
	SELECT l.id, coalesce(d.parent_id, 0), coalesce(d.name, ''),
		coalesce(d.path, ''), coalesce(d.entity_id, ''), d.origin,
		l.children
	FROM (
		SELECT id, sum(n) AS children FROM (
			SELECT folder_id AS id,
				count(CASE origin_entity_id WHEN '' THEN 1 END) +
				count(DISTINCT nullif(origin_entity_id, '')) AS n
				FROM item WHERE ` + isActed + ` GROUP BY folder_id
			UNION ALL
			SELECT parent_id, count(*) FROM folder GROUP BY parent_id
		) GROUP BY id HAVING sum(n) > ?
	) l LEFT JOIN folder d ON d.id = l.id ORDER BY l.id`

// Loads are the folders with more than atLeast children, by folder ID; the
// destination folder itself comes first. The versions of a file are one child.
func (f *File) Loads(
	ctx context.Context, atLeast int64,
) iter.Seq2[planner.FolderLoad, error] {
	q := seek{query: loadQuery, args: []any{atLeast}}
	return stream(ctx, f.reads, "folder sizes", q,
		func(rows *sql.Rows) (planner.FolderLoad, error) {
			var l planner.FolderLoad
			var err error
			l.Folder, err = scanFolder(rows, &l.Children)
			return l, err
		})
}

// Items streams the plan's items in ID order.
func (f *File) Items(
	ctx context.Context, filter planner.Filter,
) iter.Seq2[planner.Item, error] {
	row := newItemRow()
	return stream(ctx, f.reads, "items", itemQuery(filter),
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

// limited returns the query for n rows at most; 0 is no limit.
func (q seek) limited(n int) seek {
	if n > 0 {
		q.query += " LIMIT ?"
		q.args = append(q.args, n)
	}
	return q
}

// marks is a list of n placeholders, n at least 1.
func marks(n int) string {
	return "(?" + strings.Repeat(", ?", n-1) + ")"
}
