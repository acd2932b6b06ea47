package emulator

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

// Limits of annotations (AnnotationsV2Utils, StringValueListValidator;
// October 2024 snapshot).
const (
	maxAnnotationKeys   = 100
	maxAnnotationValues = 100
	maxAnnotationChars  = 500
)

func annotationRoutes() []route {
	return []route{
		{"GET /repo/v1/entity/{id}/annotations2", toView, locked(getAnnotations)},
		{"GET /repo/v1/entity/{id}/version/{v}/annotations2", toView, locked(getAnnotations)},
		{"PUT /repo/v1/entity/{id}/annotations2", toChange, locked(putAnnotations)},
	}
}

// annotationsBody is annotations as clients send them, nulls included.
type annotationsBody struct {
	ID          *string                    `json:"id"`
	Etag        string                     `json:"etag"`
	Annotations map[string]*annotationBody `json:"annotations"`
}

type annotationBody struct {
	Type  string    `json:"type"`
	Value []*string `json:"value"`
}

func getAnnotations(c *call) (reply, error) {
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	text := c.r.PathValue("v")
	if text == "" {
		return ok(n.annotationsOf(n.current()))
	}
	v, err := n.versionFor(text)
	if err != nil {
		return reply{}, err
	}
	if v == nil {
		return reply{}, noAnnotations(c.r.PathValue("id"))
	}
	doc := n.annotationsOf(v)
	doc.Etag = staleVersionEtag // that of the current version too
	return ok(doc)
}

// annotationsOf is the annotations of a version as the API shows them.
func (n *node) annotationsOf(v *revision) synapse.Annotations {
	doc := synapse.Annotations{ID: synID(n.id), Etag: n.etag, Annotations: v.annotations}
	if v != n.current() {
		doc.Etag = staleVersionEtag
	}
	if doc.Annotations == nil {
		doc.Annotations = map[string]synapse.AnnotationValue{}
	}
	return doc
}

// putAnnotations replaces the current version's annotations; it makes no new
// version.
func putAnnotations(c *call) (reply, error) {
	var body annotationsBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.ID == nil {
		return reply{}, invalidf("Annotations must have a non-null id")
	}
	if body.Etag == "" {
		return reply{}, invalidf("etag is required and must not be the empty string.")
	}
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if err := c.state.access.require(c.user, n, synapse.AccessUpdate); err != nil {
		return reply{}, err
	}
	values, err := checkAnnotations(body.Annotations)
	if err != nil {
		return reply{}, err
	}
	if body.Etag != n.etag {
		return reply{}, staleEtag(synID(n.id))
	}
	n.current().annotations = values
	n.touch(c.writing())
	return ok(n.annotationsOf(n.current()))
}

// mergeAnnotations adds to the current annotations, key by key.
func (w edit) mergeAnnotations(n *node, added map[string]*annotationBody) error {
	if err := w.access.require(w.user, n, synapse.AccessRead); err != nil {
		return err
	}
	if err := w.access.require(w.user, n, synapse.AccessUpdate); err != nil {
		return err
	}
	values, err := checkAnnotations(added)
	if err != nil {
		return err
	}
	merged := maps.Clone(n.current().annotations)
	if merged == nil {
		merged = map[string]synapse.AnnotationValue{}
	}
	maps.Copy(merged, values)
	if err := checkKeyCount(len(merged)); err != nil {
		return err
	}
	n.current().annotations = merged
	n.touch(w)
	return nil
}

func checkKeyCount(keys int) error {
	if keys > maxAnnotationKeys {
		return invalidf("Exceeded maximum number of annotation keys: %d", maxAnnotationKeys)
	}
	return nil
}

// checkAnnotations returns annotations as they are stored, or the 400 for the
// first key, in order, that breaks a rule.
func checkAnnotations(body map[string]*annotationBody) (map[string]synapse.AnnotationValue, error) {
	if err := checkKeyCount(len(body)); err != nil {
		return nil, err
	}
	values := map[string]synapse.AnnotationValue{}
	for _, key := range slices.Sorted(maps.Keys(body)) {
		if err := checkAnnotationKey(key); err != nil {
			return nil, err
		}
		value, err := checkAnnotation(key, body[key])
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

func checkAnnotationKey(key string) error {
	key = strings.TrimFunc(key, func(r rune) bool { return r <= ' ' })
	switch {
	case key == "":
		return invalidf("Annotation names cannot be empty strings")
	case strings.ContainsFunc(key, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune(",_.", r)
	}):
		return invalidf("Invalid annotation name: '%s'. Annotation names may only contain; "+
			"letters, numbers, '_' and '.'", key)
	case strings.EqualFold(key, "_accessRequirementIds"):
		return invalidf("Invalid annotation name: '%s'. The annotation name is a system "+
			"reserved annotation.", key)
	}
	return nil
}

func checkAnnotation(key string, body *annotationBody) (synapse.AnnotationValue, error) {
	none := synapse.AnnotationValue{}
	if body == nil || body.Value == nil {
		return none, invalidf("value list for key=%s can not be null", key)
	}
	if len(body.Value) > maxAnnotationValues {
		return none, invalidf("key=%s has exceeded the maximum number of values allowed: %d",
			key, maxAnnotationValues)
	}
	if body.Type == "" {
		return none, invalidf("a value type must be set for values associated with key=%s", key)
	}
	value := synapse.AnnotationValue{Type: body.Type, Value: []string{}}
	total := 0
	for _, text := range body.Value {
		if text == nil {
			return none, invalidf("null is not allowed. To indicate no values, use an empty list.")
		}
		if !fits(body.Type, *text) {
			return none, invalidf("Value associated with key=%s is not valid for type=%s: %s",
				key, body.Type, *text)
		}
		if total += chars(*text); body.Type == synapse.AnnotationString && total > maxAnnotationChars {
			return none, invalidf("Total String value too long. Can be at most %d characters.",
				maxAnnotationChars)
		}
		value.Value = append(value.Value, *text)
	}
	return value, nil
}

// fits tells whether a text is a value of an annotation type.
func fits(kind, text string) bool {
	switch kind {
	case synapse.AnnotationString:
		return true
	case synapse.AnnotationDouble:
		_, err := strconv.ParseFloat(text, 64)
		return err == nil
	case synapse.AnnotationLong, synapse.AnnotationTimestamp:
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	case synapse.AnnotationBoolean:
		return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
	}
	return false
}
