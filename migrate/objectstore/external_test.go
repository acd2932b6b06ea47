package objectstore_test

import (
	"crypto/md5"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
)

const mib = 1 << 20

// What runs of projects work with.
var (
	_ migrate.Mover      = (*objectstore.Router)(nil)
	_ migrate.Source     = (*objectstore.Router)(nil)
	_ migrate.OwnObjects = (*objectstore.Router)(nil)
)

// noise is data that doesn't repeat.
func noise(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(data)
	return data
}

// md5Of is the MD5 in hex.
func md5Of(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// open makes a store or ends the test.
func open(t *testing.T, o objectstore.Options) *objectstore.Store {
	t.Helper()
	s, err := objectstore.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// listed finds an object as a planner would.
func listed(t *testing.T, s *objectstore.Store, bucket, key string) planner.Object {
	t.Helper()
	for page, err := range s.List(t.Context(), bucket, key, "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			if o.Key == key {
				return o
			}
		}
	}
	t.Fatalf("%q is not listed", key)
	return planner.Object{}
}
