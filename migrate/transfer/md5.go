package transfer

import (
	"crypto/md5"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"strings"

	"synapse-migrate/planner"
)

// errMD5State: this Go has an MD5 whose state doesn't leave it.
var errMD5State = errors.New("the MD5 has no state that can be kept")

// RestoreMD5 is the MD5 as SaveMD5 kept it, a new one for no state. An error
// means that the state isn't one: the bytes must be read again.
func RestoreMD5(state []byte) (hash.Hash, error) {
	sum := md5.New()
	if len(state) == 0 {
		return sum, nil
	}
	into, ok := sum.(encoding.BinaryUnmarshaler)
	if !ok {
		return nil, errMD5State
	}
	if err := into.UnmarshalBinary(state); err != nil {
		return nil, fmt.Errorf("restoring the state of an MD5: %w", err)
	}
	return sum, nil
}

// SaveMD5 is the state of an MD5 of RestoreMD5, for Upload.MD5State.
func SaveMD5(sum hash.Hash) ([]byte, error) {
	from, ok := sum.(encoding.BinaryMarshaler)
	if !ok {
		return nil, errMD5State
	}
	state, err := from.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("keeping the state of an MD5: %w", err)
	}
	return state, nil
}

// emptyMD5 is the MD5 of no bytes.
const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// PlannedMD5 is the MD5 that the plan knows, empty if none.
func PlannedMD5(i planner.Item) string {
	if i.MD5 == "" && i.MD5Source == planner.MD5Empty {
		return emptyMD5
	}
	return strings.ToLower(i.MD5)
}

// AgreedMD5 is the MD5 of an object from what the plan says and what was
// computed, either of which may be empty.
func AgreedMD5(planned, computed string) (string, error) {
	computed = strings.ToLower(computed)
	switch {
	case planned == "":
		return computed, nil
	case computed == "" || computed == planned:
		return planned, nil
	}
	return "", ErrMD5
}
