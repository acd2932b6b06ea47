package transfer

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"testing"
)

// TestMD5GoesOn cuts bytes in two: the state between them is all that the
// second half needs.
func TestMD5GoesOn(t *testing.T) {
	const text = "some bytes, which are more than one block of sixty-four of them would hold"
	want := md5.Sum([]byte(text))
	for cut := range len(text) + 1 {
		first, err := RestoreMD5(nil)
		if err != nil {
			t.Fatal(err)
		}
		first.Write([]byte(text[:cut]))
		state, err := SaveMD5(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := RestoreMD5(state)
		if err != nil {
			t.Fatal(err)
		}
		second.Write([]byte(text[cut:]))
		if got := hex.EncodeToString(second.Sum(nil)); got != hex.EncodeToString(want[:]) {
			t.Errorf("cut at %d: got %s, want %x", cut, got, want)
		}
	}
}

func TestMD5StateIsChecked(t *testing.T) {
	other, err := crc32.NewIEEE().(interface{ MarshalBinary() ([]byte, error) }).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range [][]byte{[]byte("x"), other} {
		if sum, err := RestoreMD5(state); err == nil || sum != nil {
			t.Errorf("RestoreMD5(%q) = %v, %v, want an error", state, sum, err)
		}
	}
}

func TestAgreedMD5(t *testing.T) {
	tests := []struct {
		planned, computed, want string
		err                     error
	}{
		{"", "", "", nil},
		{"ab", "", "ab", nil},
		{"", "AB", "ab", nil},
		{"ab", "AB", "ab", nil},
		{"ab", "cd", "", ErrMD5},
	}
	for _, test := range tests {
		got, err := AgreedMD5(test.planned, test.computed)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("AgreedMD5(%q, %q) = %q, %v, want %q, %v",
				test.planned, test.computed, got, err, test.want, test.err)
		}
	}
}
