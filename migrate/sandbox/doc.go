// Package sandbox runs a Synapse (the emulator), an S3 (versitygw) and an STS on
// the loopback interface, in one process, with users, buckets and folders to
// rehearse migrations with.
//
// The owner has a project with four folders: External, whose storage location is
// in the owner's bucket; Managed, in Synapse's bucket; Colleague, in the owner's
// bucket but with a colleague's storage location; and Plain, without one. All but
// Plain are STS folders. There are also the owner's source bucket, another bucket
// of the owner's in another region, and a foreign bucket with keys of its own.
// Description names them all.
//
// A sample project (package sample) can be added, like one that has grown for
// years: files in all of these buckets, in Google Cloud and behind a proxy
// (package outside), with versions, annotations, provenance, sharing settings and
// access requirements. Package compare compares it with what became of it.
//
// Synapse's credentials come from STS with Synapse's session policies, and S3
// enforces them. Other machines can't connect unless Options.Listen says so.
//
// The sandbox's own endpoints, for tests, are below /sandbox on Synapse's
// address. Package describe has their paths and documents.
package sandbox
