package emulator

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
)

// TestDecodeJSON pins how values are taken by what the schema says, whatever
// way they are written in.
func TestDecodeJSON(t *testing.T) {
	type outer struct {
		synapse.FileHandleAssociation
		Text   *string        `json:"text"`
		Number int64          `json:"number"`
		Size   *int64         `json:"size"`
		Flag   *bool          `json:"flag"`
		Many   []int64        `json:"many"`
		Any    map[string]any `json:"any"`
		Made   *synapse.Time  `json:"made"`
	}
	text := func(s string) *string { return &s }
	tests := []struct {
		name, body string
		want       outer
		refused    string
	}{
		{name: "number for text", body: `{"text":900,"fileHandleId":12345678901234567}`,
			want: outer{Text: text("900"), FileHandleAssociation: synapse.FileHandleAssociation{
				FileHandleID: "12345678901234567"}}},
		{name: "boolean for text", body: `{"text":true}`, want: outer{Text: text("true")}},
		{name: "text for number", body: `{"number":"7","size":"9007199254740993"}`,
			want: outer{Number: 7, Size: new(int64(9007199254740993))}},
		{name: "fraction", body: `{"number":7.9,"size":"1e3"}`, want: outer{Number: 7, Size: new(int64(1000))}},
		{name: "text for boolean", body: `{"flag":"TRUE"}`, want: outer{Flag: new(true)}},
		{name: "in a list", body: `{"many":["1",2]}`, want: outer{Many: []int64{1, 2}}},
		{name: "null", body: `{"text":null,"number":null,"flag":null,"many":null}`},
		{name: "unknown names", body: `{"other":{},"TEXT":"x","Number":1}`},
		{name: "names are exact", body: `{"text":"a","TEXT":"b"}`, want: outer{Text: text("a")}},
		{name: "anything", body: `{"any":{"a":1,"b":"2"}}`, want: outer{Any: map[string]any{"a": 1.0, "b": "2"}}},
		{name: "no number", body: `{"number":"x"}`, refused: `JSONObject["number"] is not a number.`},
		{name: "boolean for number", body: `{"number":true}`, refused: `JSONObject["number"] is not a number.`},
		{name: "too large a number", body: `{"number":1e30}`, refused: `JSONObject["number"] is not a number.`},
		{name: "no boolean", body: `{"flag":"yes"}`, refused: `JSONObject["flag"] is not a Boolean.`},
		{name: "number for boolean", body: `{"flag":1}`, refused: `JSONObject["flag"] is not a Boolean.`},
		{name: "object for text", body: `{"text":{}}`, refused: `JSONObject["text"] is not a string.`},
		{name: "text for list", body: `{"many":"1"}`, refused: `JSONObject["many"] is not a JSONArray.`},
		{name: "in a list, refused", body: `{"many":[1,"x"]}`, refused: `JSONArray[1] is not a number.`},
		{name: "number for time", body: `{"made":5}`, refused: `parsing time`},
		{name: "list for document", body: `[]`, refused: `A JSONObject text must begin with '{'`},
		{name: "null for document", body: `null`, refused: `A JSONObject text must begin with '{'`},
		{name: "two documents", body: `{}{}`, refused: `more than one`},
		{name: "no JSON", body: `{"text"`, refused: `unexpected EOF`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got outer
			err := decodeJSON([]byte(tt.body), &got)
			if tt.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("error %v, want %q", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
