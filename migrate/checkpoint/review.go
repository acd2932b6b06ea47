package checkpoint

import (
	"context"
	"database/sql"
	"iter"

	"synapse-migrate/planner"
)

// clashQuery has a row for every item at a path that something else claims
// too, by path and item. Names compare byte for byte, as in Synapse.
var clashQuery = `
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
func (p Planning) Clashes(ctx context.Context) iter.Seq2[planner.Clash, error] {
	rows := stream(ctx, p.reads, "clashing paths", seek{query: clashQuery},
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
var loadQuery = `
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
func (p Planning) Loads(
	ctx context.Context, atLeast int64,
) iter.Seq2[planner.FolderLoad, error] {
	q := seek{query: loadQuery, args: []any{atLeast}}
	return stream(ctx, p.reads, "folder sizes", q,
		func(rows *sql.Rows) (planner.FolderLoad, error) {
			var l planner.FolderLoad
			var err error
			l.Folder, err = scanFolder(rows, &l.Children)
			return l, err
		})
}
