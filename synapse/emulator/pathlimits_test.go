package emulator_test

import (
	"testing"
	"time"
)

func TestPathLimits(t *testing.T) {
	c := &clock{now: time.Unix(1000, 0)}
	a := newAsker(c.Now)
	a.SetPathLimit("/repo/v1/entity/{id}/path", 2, 10*time.Second)
	const path, other = "/repo/v1/entity/syn4489/path", "/repo/v1/entity/syn1/path"
	limited := func(path string) bool { return a.ask(path).Code == 429 }
	if limited(path) || limited(other) {
		t.Error("one of the first two calls was refused")
	}
	const want = `{"reason":"Requests are too frequent for API call: /repo/v1/entity/#/path. ` +
		`Allowed 2 requests every 10 seconds."}`
	if w := a.ask(path); w.Code != 429 || w.Body.String() != want {
		t.Errorf("third call: %d %s, want 429 %s", w.Code, w.Body, want)
	}
	if a.spend(3) != 3 {
		t.Error("another endpoint was refused")
	}
	c.move(10 * time.Second)
	first, second, third := limited(path), limited(path), limited(path)
	if first || second || !third {
		t.Error("the second period differs from the first")
	}
	a.SetThrottle(false)
	if limited(path) {
		t.Error("refused while throttles are off")
	}
	a.SetThrottle(true)
	a.SetPathLimit("/repo/v1/entity/{id}/path", 0, 0)
	for range 3 {
		if limited(path) {
			t.Error("refused without a limit")
		}
	}
}
