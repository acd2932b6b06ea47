// Package object brings one object from a bucket whose keys an endpoint
// /s3credentials hands out (as NASA's TEA does) to another bucket, without
// Synapse: large parts, renewed keys, resumption, comparison of what arrived.
// It is the core of migrate object, and of a handler in AWS Lambda:
//
//	lambda.Start(object.Handler(object.Options{}))
//
// It doesn't list buckets, plan, or keep run files.
package object
