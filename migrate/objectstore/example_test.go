package objectstore_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
)

// exampleStore is a store on an S3 in this process that holds one object.
func exampleStore(ctx context.Context) (*objectstore.Store, func()) {
	backend := s3mem.New()
	server := httptest.NewServer(gofakes3.New(backend).Server())
	client := s3.New(s3.Options{
		BaseEndpoint: aws.String(server.URL), UsePathStyle: true, Region: "us-east-1",
		Credentials: credentials.Static("AKID", "SECRET", ""),
	})
	for _, bucket := range []string{"source", "destination"} {
		if err := backend.CreateBucket(ctx, bucket); err != nil {
			log.Fatal(err)
		}
	}
	_, err := client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String("source"), Key: aws.String("study/a.txt"),
		Body: strings.NewReader("hello"),
	})
	if err != nil {
		log.Fatal(err)
	}
	store, err := objectstore.New(objectstore.Options{
		Credentials: credentials.Static("AKID", "SECRET", ""),
		Endpoint:    server.URL, PathStyle: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	return store, server.Close
}

func ExampleStore_List() {
	ctx := context.Background()
	store, stop := exampleStore(ctx)
	defer stop()
	for page, err := range store.List(ctx, "source", "study/", "") {
		if err != nil {
			log.Fatal(err)
		}
		for _, o := range page {
			fmt.Println(o.Key, o.SizeBytes, o.ETag)
		}
	}
	// Output: study/a.txt 5 5d41402abc4b2a76b9719d911017c592
}

func ExampleMover_Stream() {
	ctx := context.Background()
	store, stop := exampleStore(ctx)
	defer stop()
	found, err := store.Head(ctx, "source", "study/a.txt")
	if err != nil {
		log.Fatal(err)
	}
	mover := objectstore.NewMover(store, store, objectstore.MoverOptions{})
	res, err := mover.Stream(ctx, transfer.Request{
		Source: found.Object, Bucket: "destination", Key: "base/a.txt",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Object.Key, res.MD5, res.BytesWritten)
	// Output: base/a.txt 5d41402abc4b2a76b9719d911017c592 5
}
