package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// decodeJSON reads a document as the server's parser does, which goes by the
// schema and not by how a value is written: a number or a boolean is taken
// for a text, the text of a number for a number, and "true" or "false" for a
// boolean. Names are exact, and unknown ones are left out. (JSONObjectAdapter
// on org.json, as far as clients that are in use show it, November 2026; the
// texts of the refusals are org.json's.)
func decodeJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var sent any
	if err := d.Decode(&sent); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one document")
	}
	target := reflect.TypeOf(v).Elem()
	if _, ok := sent.(map[string]any); !ok && target.Kind() == reflect.Struct {
		return invalidf("A JSONObject text must begin with '{' at 1 [character 2 line 1]")
	}
	conformed, err := conform("JSONObject", sent, target)
	if err != nil {
		return err
	}
	if b, err = json.Marshal(conformed); err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

var readsItself = reflect.TypeFor[json.Unmarshaler]()

// conform puts a value into the form that a type is read from. At names it
// in refusals.
func conform(at string, value any, t reflect.Type) (any, error) {
	switch {
	case value == nil || t.Kind() == reflect.Interface || t == reflect.TypeFor[json.RawMessage]():
		return value, nil
	case reflect.PointerTo(t).Implements(readsItself): // a time, from text
		return textFrom(at, value)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return conform(at, value, t.Elem())
	case reflect.String:
		return textFrom(at, value)
	case reflect.Bool:
		return booleanFrom(at, value)
	case reflect.Int, reflect.Int64, reflect.Int32:
		return integerFrom(at, value)
	case reflect.Slice:
		return listFrom(at, value, t.Elem())
	case reflect.Map, reflect.Struct:
		return objectFrom(at, value, t)
	}
	return value, nil
}

// notA is the refusal of a value that can't be taken for a kind.
func notA(kind, at string) error { return invalidf("%s is not a %s.", at, kind) }

func textFrom(at string, value any) (any, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return nil, notA("string", at)
}

func booleanFrom(at string, value any) (any, error) {
	if v, ok := value.(bool); ok {
		return v, nil
	}
	text, _ := value.(string)
	if isTrue := strings.EqualFold(text, "true"); isTrue || strings.EqualFold(text, "false") {
		return isTrue, nil
	}
	return nil, notA("Boolean", at)
}

// integerFrom drops what stands behind the point, as Java's longValue does.
func integerFrom(at string, value any) (any, error) {
	text, isText := value.(string)
	if number, ok := value.(json.Number); ok {
		text, isText = number.String(), true
	}
	if isText {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) < 1<<63 {
			return int64(f), nil
		}
	}
	return nil, notA("number", at)
}

func listFrom(at string, value any, elem reflect.Type) (any, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, notA("JSONArray", at)
	}
	for i := range list {
		conformed, err := conform(fmt.Sprintf("JSONArray[%d]", i), list[i], elem)
		if err != nil {
			return nil, err
		}
		list[i] = conformed
	}
	return list, nil
}

// objectFrom keeps the fields that a struct has; a map has all.
func objectFrom(at string, value any, t reflect.Type) (any, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, notA("JSONObject", at)
	}
	known := map[string]any{}
	for name, field := range object {
		var fieldType reflect.Type
		if t.Kind() == reflect.Map {
			fieldType = t.Elem()
		} else {
			fieldType = fieldsOf(t)[name]
		}
		if fieldType == nil {
			continue
		}
		conformed, err := conform(fmt.Sprintf("JSONObject[%q]", name), field, fieldType)
		if err != nil {
			return nil, err
		}
		known[name] = conformed
	}
	return known, nil
}

// fieldTypes remembers what fieldsOf found.
var fieldTypes sync.Map

// fieldsOf are the types of a struct's fields by their names in JSON; of two
// of one name, the less embedded one counts, as in encoding/json.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if found, ok := fieldTypes.Load(t); ok {
		return found.(map[string]reflect.Type)
	}
	fields, depth := map[string]reflect.Type{}, map[string]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		if before, met := depth[name]; met && before <= len(f.Index) {
			continue
		}
		fields[name], depth[name] = f.Type, len(f.Index)
	}
	fieldTypes.Store(t, fields)
	return fields
}
