package objectstore

import (
	"crypto/md5"
	"encoding/json"
	"math"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/rclone/gofakes3"

	"synapse-migrate/migrate/transfer"
)

// What a run file says of an upload is believed only as far as it fits.
func FuzzResume(f *testing.F) {
	state, err := transfer.SaveMD5(md5.New())
	if err != nil {
		f.Fatal(err)
	}
	good, err := json.Marshal(transfer.Upload{
		UploadID: "u", PartSizeBytes: 10, MD5State: state, HashedBytes: 10,
		Parts: []transfer.Part{{Number: 1, ETag: md5Of(nil), SizeBytes: 10, Checksum: "AAAAAAAAAAA="}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, int64(25))
	f.Add([]byte(`{"uploadId":"u","partSizeBytes":1,"hashedBytes":-1,"md5State":"AA=="}`), int64(0))
	f.Add([]byte(`{"parts":[{"number":-5},{"number":2147483647}]}`), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, raw []byte, size int64) {
		var u transfer.Upload
		if json.Unmarshal(raw, &u) != nil || size < 0 || size > maxParts*maxPartBytes ||
			!resumable(u, size) {
			return
		}
		held := make(map[int32]transfer.Part)
		for _, p := range u.Parts {
			held[p.Number] = p
		}
		got := reconcile(u, held, size)
		for i, p := range got.Parts {
			if p.Number < 1 || p.Number > partCount(size, u.PartSizeBytes) ||
				p.SizeBytes != partAt(size, u.PartSizeBytes, p.Number).length ||
				(i > 0 && got.Parts[i-1].Number >= p.Number) {
				t.Errorf("part %+v of %d bytes was believed", p, size)
			}
		}
		if got.HashedBytes < 0 || got.HashedBytes > size {
			t.Errorf("an MD5 over %d of %d bytes was believed", got.HashedBytes, size)
		}
		_, _ = transfer.RestoreMD5(got.MD5State)
		_ = fullCRC(got.Parts)
		_ = multipartETag(got.Parts)
	})
}

// A key comes out of an encoded listing as it went in.
func FuzzListedKey(f *testing.F) {
	for _, key := range []string{"a/b", "a b+c%20", "\x01\n", "é\U0001F600", "%", "+"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		got, err := objects("b", &s3.ListObjectsV2Output{
			EncodingType: types.EncodingTypeUrl,
			Contents:     []types.Object{{Key: aws.String(gofakes3.URLEncode(key))}},
		})
		if err != nil || len(got) != 1 || got[0].Key != key {
			t.Errorf("%q: got %+v, %v", key, got, err)
		}
		// Whatever a server sends, it is a key or an error.
		_, _ = objects("b", &s3.ListObjectsV2Output{
			EncodingType: types.EncodingTypeUrl,
			Contents:     []types.Object{{Key: aws.String(key)}},
		})
	})
}
