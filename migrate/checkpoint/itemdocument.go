package checkpoint

import (
	"bytes"

	"synapse-migrate/planner"
)

// itemDocument is what the column origin of an item holds: the fields of its
// Origin, if it has one, and what is kept of a file that it replaces.
type itemDocument struct {
	*planner.Origin
	Kept *planner.Kept `json:"kept,omitempty"`
}

// encodeItem is the document of an item; null where there is neither.
func encodeItem(i planner.Item) (any, error) {
	if i.Kept == nil {
		return encode(i.Origin, i.Origin != nil)
	}
	return encode(itemDocument{i.Origin, i.Kept}, true)
}

// keptField is in every document with something kept, and in few others.
var keptField = []byte(`"kept":{`)

// decodeItem reads the document into an item.
func (d *document) decodeItem(i *planner.Item) error {
	i.Origin, i.Kept = nil, nil
	if !d.Valid || !bytes.Contains(d.V, keptField) {
		return d.decode(&i.Origin)
	}
	var found struct {
		EntityID *string       `json:"entityId"`
		Kept     *planner.Kept `json:"kept"`
	}
	if err := d.decode(&found); err != nil {
		return err
	}
	i.Kept = found.Kept
	if found.EntityID == nil {
		return nil
	}
	return d.decode(&i.Origin)
}
