// Package sandbox is a whole world to rehearse migrations in: Synapse (the
// emulator), S3 (versitygw) and STS on the loopback interface, in one
// process, with prepared users, buckets and folders.
//
// The prepared data. The owner has a project with four folders: External,
// whose storage location lies in the owner's bucket; Managed, in Synapse's
// bucket; Colleague, in the owner's bucket but with a colleague's storage
// location; and Plain, with none. All but Plain are STS folders. Beside
// them there is the owner's source bucket, one more of the owner's in another
// region, and a foreign bucket with keys of its own. Description names them
// all.
//
// On request there is a sample project besides (package sample), as it grows
// in years: files in all of these buckets, in Google Cloud and behind a proxy
// (package outside), with versions, annotations, provenance, sharing settings
// and access requirements. Package compare compares it with what became of
// it.
//
// Synapse's credentials come from STS, with Synapse's session policies, and
// the S3 holds them to these. Nothing is reachable from other machines
// unless Options.Listen says so.
//
// The sandbox's own endpoints, for tests, stand below /sandbox on Synapse's
// address; package describe has their paths and documents.
package sandbox
