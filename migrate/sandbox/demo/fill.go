package demo

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/compare"
)

// odd are objects with names that break careless programs; they are
// migrated like the others.
var odd = map[string]string{
	"odd/=cmd|'x'!A1":               "a formula, if a spreadsheet is asked\n",
	"odd/<b onload=x>&.html":        "markup\n",
	"odd/50%25 of %2e%2e.txt":       "not to be decoded\n",
	"odd/ blank at both ends ":      "blanks\n",
	"odd/naïve café – 細胞.txt":       "beyond ASCII\n",
	"odd/;rm -rf $HOME;`x` \"\".sh": "a shell's nightmare\n",
	"odd/\x1b[31mred\x1b[0m.txt":    "a terminal escape\n",
	"odd/empty":                     "",
}

// fill adds the odd objects to what the sandbox has loaded, and returns what
// the destination must hold: MD5 and size by key.
func (s *show) fill(ctx context.Context) (map[string]compare.Want, error) {
	want, err := hashes(s.Directory, s.sandbox.Loaded.Refused)
	if err != nil {
		return nil, err
	}
	keys := s.sandbox.ForeignKeys
	store := s3.New(s3.Options{
		Region: s.sandbox.Region, UsePathStyle: true, BaseEndpoint: &s.sandbox.S3Endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, ""),
	})
	for name, text := range odd {
		key := prefix + name
		_, err := store.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &s.sandbox.Foreign, Key: &key, Body: bytes.NewReader([]byte(text)),
		})
		if err != nil {
			return nil, err
		}
		sum := md5.Sum([]byte(text))
		want[name] = compare.Want{MD5: hex.EncodeToString(sum[:]), SizeBytes: int64(len(text))}
	}
	s.say("Filled s3://%s/%s with %d objects from %s, some with odd names.",
		s.sandbox.Foreign, prefix, len(want), s.Directory)
	return want, nil
}

// hashes reads a directory: MD5 and size by relative path, but for what the
// sandbox could not store.
func hashes(directory string, refused map[string]string) (map[string]compare.Want, error) {
	want := map[string]compare.Want{}
	err := filepath.WalkDir(directory, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(directory, path)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if _, left := refused[relative]; left {
			return nil
		}
		want[relative], err = hash(path)
		return err
	})
	return want, err
}

func hash(path string) (compare.Want, error) {
	file, err := os.Open(path)
	if err != nil {
		return compare.Want{}, err
	}
	defer func() { _ = file.Close() }()
	h := md5.New()
	size, err := io.Copy(h, file)
	return compare.Want{MD5: hex.EncodeToString(h.Sum(nil)), SizeBytes: size}, err
}
