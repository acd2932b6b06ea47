package objectstore

import "testing"

func TestWhereETagsAreMD5s(t *testing.T) {
	const minio = "https://minio.example.org:9000"
	tests := []struct {
		name     string
		options  Options
		bucket   string
		class    string
		wantMD5s bool
	}{
		{"AWS", Options{}, "lab", "", true},
		{"AWS, by name", Options{Endpoint: "https://s3.eu-west-1.amazonaws.com"}, "lab", "", true},
		{"AWS, in capitals", Options{Endpoint: "https://S3.EU-WEST-1.AMAZONAWS.COM"}, "lab", "", true},
		{"AWS in China", Options{Endpoint: "https://s3.cn-north-1.amazonaws.com.cn"}, "lab", "", true},
		{"AWS within a VPC", Options{Endpoint: "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"},
			"lab", "", true},
		{"AWS without TLS", Options{Endpoint: "http://s3.amazonaws.com"}, "lab", "", false},
		{"a name like AWS's", Options{Endpoint: "https://s3.amazonaws.com.example.org"}, "lab", "", false},
		{"AWS, archived", Options{}, "lab", "GLACIER", true},
		{"AWS, infrequent access", Options{}, "lab", "STANDARD_IA", true},
		{"a directory bucket", Options{}, "lab--use1-az4--x-s3", "EXPRESS_ONEZONE", false},
		{"a directory bucket's name", Options{}, "lab--use1-az4--x-s3", "", false},
		{"its access point", Options{}, "lab--use1-az4--xa-s3", "", false},
		{"its class", Options{}, "lab", "EXPRESS_ONEZONE", false},
		{"its endpoint", Options{Endpoint: "https://s3express-use1-az4.us-east-1.amazonaws.com"}, "lab", "", false},
		{"an access point", Options{}, "arn:aws:s3:us-east-1:123456789012:accesspoint/lab", "", true},
		{"Object Lambda", Options{}, "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/lab", "", false},
		{"Object Lambda by alias", Options{}, "lab-xyz--ol-s3", "", false},
		{"Outposts", Options{}, "lab", "OUTPOSTS", false},
		{"a class that nobody knows yet", Options{}, "lab", "NEW_ONE", false},
		{"AWS, said to be opaque", Options{ETags: ETagsOpaque}, "lab", "", false},
		{"AWS, said to be MD5s", Options{ETags: ETagsMD5}, "lab--use1-az4--x-s3", "", false},
		{"another server", Options{Endpoint: minio}, "lab", "", false},
		{"another server on this machine", Options{Endpoint: "http://127.0.0.1:9000"}, "lab", "", false},
		{"another, said to make MD5s", Options{Endpoint: minio, ETags: ETagsMD5}, "lab", "", true},
		{"with a class of its own", Options{Endpoint: minio, ETags: ETagsMD5}, "lab", "COLD", true},
		{"with that of directory buckets", Options{Endpoint: minio, ETags: ETagsMD5}, "lab", "EXPRESS_ONEZONE", false},
		{"another, said to be opaque", Options{Endpoint: minio, ETags: ETagsOpaque}, "lab", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.options.etagsAreMD5(tt.bucket, tt.class); got != tt.wantMD5s {
				t.Errorf("got %t, want %t", got, tt.wantMD5s)
			}
		})
	}
}
