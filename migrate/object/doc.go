// Package object copies one object from a bucket whose credentials come from an
// /s3credentials endpoint (such as NASA's TEA) to another bucket, without
// Synapse. It writes large parts, renews credentials, resumes, and compares what
// arrived with the source. It is the core of the command migrate object, and can
// be a handler in AWS Lambda:
//
//	lambda.Start(object.Handler(object.Options{}))
//
// It doesn't list buckets, make plans, or keep run files.
package object
