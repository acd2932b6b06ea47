package credcache

import (
	"errors"
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add(`{"format":1,"obtained":"2026-11-01T12:00:00.000Z","credentials":{"accessKeyId":"A",` +
		`"secretAccessKey":"planted-secret","sessionToken":"t","expiration":"2026-11-02T00:00:00.000Z"}}`)
	f.Add(`{"format":1,"credentials":{"secretAccessKey":"planted-secret"}}`)
	f.Add(`{"format":1,"obtained":null}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parse([]byte(text))
		if err != nil {
			if !errors.Is(err, errEntry) || err.Error() != errEntry.Error() {
				t.Errorf("an error that may show what was read: %v", err)
			}
			return
		}
		if at := e.renewOn(); !at.Before(e.Credentials.Expiration.Time) {
			t.Errorf("renewed at %v, not before %v", at, e.Credentials.Expiration)
		}
	})
}
