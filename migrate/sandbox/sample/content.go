package sample

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
)

// largestByChance is the size limit of ordinary files, in bytes.
const largestByChance = 2000

// content are the bytes of a version.
func (m *maker) content(s spec) []byte {
	size := s.size
	if s.empty {
		return nil
	}
	if size == 0 {
		size = 1 + m.rng.IntN(largestByChance)
	}
	b := make([]byte, 0, size+8)
	for len(b) < size {
		n := m.rng.Uint64()
		for range 8 {
			b = append(b, byte(n))
			n >>= 8
		}
	}
	return b[:size]
}

// contentTypes are by the name's ending.
var contentTypes = map[string]string{
	".txt": "text/plain", ".csv": "text/csv", ".json": "application/json", ".html": "text/html",
}

// version is what is to be known of a version besides its bytes.
func (m *maker) version(s spec, number int64) describe.SampleVersion {
	v := describe.SampleVersion{
		Number: number, Label: fmt.Sprint(number), FileName: path.Base(s.path),
		ContentType: contentTypes[path.Ext(s.path)],
	}
	if v.ContentType == "" {
		v.ContentType = "application/octet-stream"
	}
	chance := func(n int) bool { return s.full || m.rng.IntN(n) == 0 }
	if chance(4) {
		v.Description = fmt.Sprintf("Version %d of %s", number, v.FileName)
	}
	if chance(3) {
		v.Annotations = m.annotations()
	}
	if s.versions > 1 && chance(2) {
		v.Label = fmt.Sprintf("release %d.%d", number, m.rng.IntN(10))
		v.Comment = fmt.Sprintf("Corrected (%d)", m.rng.IntN(100))
	}
	if s.full || m.rng.IntN(6) == 0 {
		v.FileName = "download of " + v.FileName
	}
	if chance(4) {
		a := m.activity()
		v.ActivityID, v.ActivityName = a.ID, a.Name
	}
	return v
}

// annotations are some of all five types.
func (m *maker) annotations() map[string]describe.SampleValue {
	one := func(kind string, values ...any) describe.SampleValue {
		v := describe.SampleValue{Type: kind}
		for _, value := range values {
			v.Value = append(v.Value, fmt.Sprint(value))
		}
		return v
	}
	all := map[string]describe.SampleValue{
		"assay":    one(synapse.AnnotationString, []string{"rnaSeq", "wholeGenomeSeq"}[m.rng.IntN(2)]),
		"tissue":   one(synapse.AnnotationString, "blood", "bone marrow", "Gewebe (µ)"),
		"age":      one(synapse.AnnotationLong, m.rng.IntN(90), m.rng.IntN(90)),
		"purity":   one(synapse.AnnotationDouble, float64(m.rng.IntN(1000))/1000),
		"sampled":  one(synapse.AnnotationTimestamp, 1_500_000_000_000+m.rng.Int64N(1_000_000_000)),
		"isFrozen": one(synapse.AnnotationBoolean, m.rng.IntN(2) == 0),
	}
	for _, key := range slices.Sorted(maps.Keys(all)) { // one order, for the random numbers
		if key != "assay" && m.rng.IntN(8) == 0 {
			delete(all, key)
		}
	}
	return all
}

// activity is one that made other versions before, or a new one.
func (m *maker) activity() synapse.Activity {
	if n := len(m.activities); n > 0 && m.rng.IntN(4) > 0 {
		return m.activities[m.rng.IntN(n)]
	}
	a := synapse.Activity{
		Name: fmt.Sprintf("analysis %d", len(m.activities)+1), Description: strings.Repeat("step ", 3),
		Used: []synapse.Used{{
			ConcreteType: synapse.TypeUsedURL, WasExecuted: true,
			Name: "tool", URL: "https://example.org/tool",
		}},
	}
	if n := len(m.made.Files); n > 0 {
		used := m.made.Files[m.rng.IntN(n)]
		a.Used = append(a.Used, synapse.Used{
			ConcreteType: synapse.TypeUsedEntity, Reference: &synapse.Reference{
				TargetID: used.ID, TargetVersionNumber: used.Current().Number,
			},
		})
	}
	a.ID = m.Synapse.AddActivity(m.owner(), a)
	m.activities = append(m.activities, a)
	return a
}
