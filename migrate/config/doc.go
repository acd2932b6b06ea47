// Package config reads the configuration file: which bucket is reached with
// which credentials, at which endpoint and in which region, who pays for the
// requests, and how what is written there is encrypted.
//
// The file is YAML. It never holds a secret: where one is needed, it holds a
// reference, env:NAME or file:PATH, and a value that looks like a secret is
// refused. Errors name file, line and column, and never show a value.
//
//	buckets:
//	  - bucket: partner-archive
//	    region: eu-west-1
//	    credentials:
//	      kind: assume-role
//	      role-arn: arn:aws:iam::123456789012:role/reader
//	      external-id: study-17
//	  - bucket: [asf-*, nisar-*]
//	    region: us-west-2
//	    credentials:
//	      kind: s3credentials
//	      url: https://sentinel1.asf.alaska.edu/s3credentials
//	      token: env:EARTHDATA_TOKEN
//
// Anchors, aliases, tags and more than one document are refused: a list of
// buckets says once what holds for several.
package config
