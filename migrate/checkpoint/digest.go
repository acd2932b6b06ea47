package checkpoint

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
	"maps"
	"slices"
	"time"

	"synapse-migrate/planner"
)

// digestDomain sets the digests of plans apart from all others. It changes
// with the order or meaning of what follows it.
const digestDomain = "synapse-migrate plan 1"

// digester hashes a stream of values such that no two different plans make
// the same stream: strings carry their length, numbers have 8 bytes.
type digester struct {
	hash   hash.Hash
	buffer []byte
}

func newDigester() *digester {
	d := &digester{hash: sha256.New()}
	d.text(digestDomain)
	return d
}

func (d *digester) number(n int64) {
	d.buffer = binary.BigEndian.AppendUint64(d.buffer, uint64(n))
}

func (d *digester) text(s string) {
	d.number(int64(len(s)))
	d.buffer = append(d.buffer, s...)
	d.flush(1 << 16)
}

func (d *digester) time(t time.Time) {
	if t.IsZero() {
		d.number(0)
		return
	}
	d.number(1)
	d.number(t.UnixMicro())
}

func (d *digester) truth(b bool) {
	if b {
		d.number(1)
	} else {
		d.number(0)
	}
}

// flush hashes the buffer once it holds at least that many bytes.
func (d *digester) flush(atLeast int) {
	if len(d.buffer) < atLeast {
		return
	}
	d.hash.Write(d.buffer) // never fails, says package hash
	d.buffer = d.buffer[:0]
}

// sum is the digest, in hex.
func (d *digester) sum() string {
	d.flush(0)
	return hex.EncodeToString(d.hash.Sum(nil))
}

// plan takes in the header, without the time at which the file was made, the
// findings, and what was found out about buckets, access,
// and who could reach the destination.
func (d *digester) plan(p planner.Plan) error {
	p.Header.CreatedOn = time.Time{}
	if err := d.document(p.Header, true); err != nil {
		return err
	}
	d.number(int64(len(p.Findings)))
	for _, f := range p.Findings {
		if err := d.document(f, true); err != nil {
			return err
		}
	}
	d.number(int64(len(p.Buckets)))
	for _, b := range p.Buckets {
		if err := d.document(b, true); err != nil {
			return err
		}
	}
	if err := d.document(p.Access, p.Access != nil); err != nil {
		return err
	}
	return d.document(p.Protection, p.Protection != nil)
}

// document takes in a value as JSON, nothing apart from all that is there.
func (d *digester) document(value any, there bool) error {
	if !there {
		d.number(-1)
		return nil
	}
	text, err := json.Marshal(value)
	d.text(string(text))
	return err
}

func (d *digester) folder(f planner.Folder) error {
	d.number(f.ID)
	d.number(f.ParentID)
	d.text(f.Name)
	d.text(f.Path)
	d.text(f.EntityID)
	return d.document(f.Origin, f.Origin != nil)
}

func (d *digester) item(i planner.Item) error {
	o := i.Source
	d.number(i.ID)
	d.number(i.FolderID)
	d.number(o.SizeBytes)
	d.time(o.LastModified)
	for _, s := range []string{
		i.Name, o.Bucket, o.Key, o.ETag, o.StorageClass, string(i.Action),
		string(i.Rule), i.MD5, string(i.MD5Source), i.DestKey,
		i.ContentType, i.ReplaceEntityID, o.VersionID, i.Checksum, i.CompareEntityID,
	} {
		d.text(s)
	}
	for _, b := range []bool{i.ReplaceObject, i.RecordOrigin, i.CompareObject} {
		d.truth(b)
	}
	d.number(i.Follows)
	d.number(i.Shares)
	d.annotations(i.Annotations)
	return cmp.Or(
		d.document(o.Download, o.Download != nil),
		d.document(i.Kept, i.Kept != nil),
		d.document(i.Origin, i.Origin != nil))
}

// annotations takes in a map, nil apart from empty.
func (d *digester) annotations(m map[string]string) {
	if m == nil {
		d.number(-1)
		return
	}
	d.number(int64(len(m)))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		d.text(name)
		d.text(m[name])
	}
}

// itemReader is a query of all items by ID, and what reads a row of it.
type itemReader struct {
	query string
	read  func(*sql.Rows) (planner.Item, error)
}

// plannedItems reads the items alone, and shows each to see.
func plannedItems(see func(planner.Item)) itemReader {
	row := newItemRow()
	return itemReader{
		query: `SELECT ` + itemColumns + ` FROM item i ORDER BY i.id`,
		read: func(rows *sql.Rows) (planner.Item, error) {
			if err := rows.Scan(row.dest...); err != nil {
				return planner.Item{}, err
			}
			item, err := row.value()
			see(item)
			return item, err
		},
	}
}

// digest computes the digest over p and what the tables hold, in ID order.
func (t planTables) digest(
	ctx context.Context, p planner.Plan, items itemReader,
) (string, error) {
	d := newDigester()
	if err := d.plan(p); err != nil {
		return "", err
	}
	err := t.each(ctx, d, plannedFolders+` ORDER BY id`,
		func(rows *sql.Rows) error {
			f, err := scanFolder(rows)
			return cmp.Or(err, d.folder(f))
		})
	if err != nil {
		return "", err
	}
	err = t.each(ctx, d, items.query, func(rows *sql.Rows) error {
		item, err := items.read(rows)
		return cmp.Or(err, d.item(item))
	})
	if err != nil {
		return "", err
	}
	return d.sum(), nil
}

// each hands every row to take, and then their number to the digest.
func (t planTables) each(
	ctx context.Context, d *digester, query string, take func(*sql.Rows) error,
) error {
	rows, err := t.query(query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var n int64
	for ; rows.Next(); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := take(rows); err != nil {
			return classify(err)
		}
	}
	d.number(n)
	return classify(rows.Err())
}
