package checkpoint

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

const (
	// applicationID stands at offset 68 of every run file: "synm".
	applicationID = 0x73796e6d
	// formatVersion stands in user_version; FORMAT.md says when it grows.
	formatVersion = 1
)

// schema makes an empty run file. Its text is compared with what a file
// holds, so any change to it, in blanks too, needs a new formatVersion.
var schema = []string{
	`CREATE TABLE meta (
		name TEXT PRIMARY KEY,
		value BLOB NOT NULL
	) STRICT, WITHOUT ROWID`,
	`CREATE TABLE folder (
		id INTEGER PRIMARY KEY,
		parent_id INTEGER NOT NULL CHECK (parent_id < id),
		name TEXT NOT NULL,
		path TEXT NOT NULL,
		entity_id TEXT NOT NULL,
		origin TEXT
	) STRICT`,
	`CREATE UNIQUE INDEX folder_place ON folder (parent_id, name)`,
	`CREATE TABLE item (
		id INTEGER PRIMARY KEY CHECK (id > 0),
		folder_id INTEGER NOT NULL,
		name TEXT NOT NULL,
		bucket TEXT NOT NULL,
		key TEXT NOT NULL,
		etag TEXT NOT NULL,
		size INTEGER NOT NULL CHECK (size >= 0),
		modified_on INTEGER,
		storage_class TEXT NOT NULL,
		action TEXT NOT NULL,
		rule TEXT NOT NULL,
		md5 TEXT NOT NULL,
		md5_source TEXT NOT NULL,
		dest_key TEXT NOT NULL,
		content_type TEXT NOT NULL,
		replace_entity_id TEXT NOT NULL,
		replace_object INTEGER NOT NULL,
		annotations TEXT,
		download TEXT,
		kept TEXT,
		origin TEXT,
		origin_entity_id TEXT NOT NULL AS (coalesce(origin ->> '$.entityId', '')) STORED,
		origin_file_handle_id TEXT NOT NULL AS (coalesce(origin ->> '$.fileHandleId', '')) STORED,
		follows INTEGER NOT NULL CHECK (follows >= 0 AND follows < id),
		shares INTEGER NOT NULL CHECK (shares >= 0 AND shares < id),
		version_id TEXT NOT NULL,
		checksum TEXT NOT NULL,
		record_origin INTEGER NOT NULL,
		compare_object INTEGER NOT NULL,
		compare_entity_id TEXT NOT NULL
	) STRICT`,
	`CREATE INDEX item_folder ON item (folder_id)`,
	`CREATE INDEX item_place ON item (folder_id, name, origin_entity_id)
		WHERE ` + isActed,
	`CREATE INDEX item_handle ON item (origin_file_handle_id)
		WHERE origin_file_handle_id <> '' AND ` + isActed,
	`CREATE INDEX item_follows ON item (follows) WHERE follows > 0`,
	`CREATE INDEX item_shares ON item (shares) WHERE shares > 0`,
	`CREATE TABLE state (
		id INTEGER PRIMARY KEY,
		state TEXT NOT NULL,
		waits INTEGER NOT NULL DEFAULT 0 CHECK (waits BETWEEN 0 AND 2),
		attempts INTEGER NOT NULL DEFAULT 0,
		bucket TEXT NOT NULL DEFAULT '',
		key TEXT NOT NULL DEFAULT '',
		etag TEXT NOT NULL DEFAULT '',
		md5 TEXT NOT NULL DEFAULT '',
		content_type TEXT NOT NULL DEFAULT '',
		file_handle_id TEXT NOT NULL DEFAULT '',
		entity_id TEXT NOT NULL DEFAULT '',
		changed_on INTEGER,
		failed_on INTEGER,
		failed_side TEXT NOT NULL DEFAULT '',
		failed_class TEXT NOT NULL DEFAULT '',
		failed_operation TEXT NOT NULL DEFAULT '',
		failed_cause TEXT NOT NULL DEFAULT ''
	) STRICT`,
	`CREATE INDEX state_pending ON state (waits, id) WHERE ` + isPending,
	`CREATE INDEX state_failed ON state (id) WHERE state = 'failed'`,
	`CREATE TABLE folder_state (
		id INTEGER PRIMARY KEY,
		entity_id TEXT NOT NULL
	) STRICT`,
	`CREATE TABLE upload (
		item_id INTEGER PRIMARY KEY,
		upload TEXT NOT NULL,
		is_left INTEGER NOT NULL AS (coalesce(upload ->> '$.left', upload ->> '$.asked' IS NOT NULL))
	) STRICT`,
	`CREATE TABLE run (
		id INTEGER PRIMARY KEY,
		started_on INTEGER NOT NULL,
		ended_on INTEGER,
		ended_as TEXT NOT NULL DEFAULT '',
		synapse_calls INTEGER NOT NULL DEFAULT 0,
		s3_calls INTEGER NOT NULL DEFAULT 0,
		bytes_read INTEGER NOT NULL DEFAULT 0,
		bytes_written INTEGER NOT NULL DEFAULT 0,
		bytes_copied INTEGER NOT NULL DEFAULT 0
	) STRICT`,
	`CREATE TABLE tally (
		action TEXT NOT NULL,
		state TEXT NOT NULL,
		items INTEGER NOT NULL,
		size INTEGER NOT NULL,
		attempts INTEGER NOT NULL,
		PRIMARY KEY (action, state)
	) STRICT, WITHOUT ROWID`,
	`CREATE TABLE change (
		id INTEGER PRIMARY KEY CHECK (id = 1),
		first_on INTEGER NOT NULL,
		last_on INTEGER NOT NULL
	) STRICT`,
	`CREATE TRIGGER state_tally AFTER UPDATE OF state, attempts ON state BEGIN
		UPDATE tally SET items = items - 1, attempts = attempts - OLD.attempts,
			size = size - (SELECT size FROM item WHERE id = OLD.id)
		WHERE action = (SELECT action FROM item WHERE id = OLD.id)
			AND state = OLD.state;
		UPDATE tally SET items = items + 1, attempts = attempts + NEW.attempts,
			size = size + (SELECT size FROM item WHERE id = NEW.id)
		WHERE action = (SELECT action FROM item WHERE id = NEW.id)
			AND state = NEW.state;
	END`,
	`CREATE TRIGGER state_arrived AFTER UPDATE OF state ON state
	WHEN NEW.state IN ('transferred', 'handled', 'done') BEGIN
		DELETE FROM upload WHERE item_id = NEW.id AND NOT is_left;
	END`,
	`CREATE TRIGGER state_ended AFTER UPDATE OF state ON state
	WHEN OLD.` + isPending + ` AND NOT NEW.` + isPending + ` BEGIN
		` + eachWaiting("waits - 1") + `
	END`,
	`CREATE TRIGGER state_retried AFTER UPDATE OF state ON state
	WHEN NEW.` + isPending + ` AND NOT OLD.` + isPending + ` BEGIN
		` + eachWaiting("waits + 1") + `
	END`,
}

// eachWaiting are a trigger's statements that change the waits of the items
// that follow or share the trigger's. One that does both counts it twice.
func eachWaiting(waits string) string {
	return `UPDATE state SET waits = ` + waits + ` WHERE id IN
			(SELECT id FROM item WHERE follows > 0 AND follows = NEW.id);
		UPDATE state SET waits = ` + waits + ` WHERE id IN
			(SELECT id FROM item WHERE shares > 0 AND shares = NEW.id);`
}

// The conditions that queries share with indexes: SQLite uses a partial
// index only where it finds the index's own words.
var (
	isPending = `state IN ` + quoted(pending)
	isActed   = `action NOT IN ` + quoted(leftOut)
)

// quoted are words of this program as a list of SQL.
func quoted[T ~string](words []T) string {
	var list []string
	for _, word := range words {
		list = append(list, "'"+string(word)+"'")
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// sealing makes the plan tables immutable, whoever writes to them.
var sealing = slices.Concat(
	immutable("meta"), immutable("folder"), immutable("item"))

// immutable are triggers that refuse every change of a table.
func immutable(table string) []string {
	var triggers []string
	for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
		triggers = append(triggers, fmt.Sprintf(
			"CREATE TRIGGER sealed_%[1]s_%[2]s BEFORE %[2]s ON %[1]s "+
				"BEGIN SELECT RAISE(ABORT, 'plan is sealed'); END", table, verb))
	}
	return triggers
}

// checkSchema tells whether the database is a run file that this program
// understands, byte for byte in its schema: nothing that somebody else put
// there is ever executed. Other errors than ErrFormat are SQLite's.
func checkSchema(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT sql FROM sqlite_schema
		WHERE sql IS NOT NULL ORDER BY rowid`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var found []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		found = append(found, text)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if !slices.Equal(found, schema) &&
		!slices.Equal(found, slices.Concat(schema, sealing)) {
		return fmt.Errorf("%w: tables are not as expected: %s",
			ErrFormat, damagedHint)
	}
	return nil
}
