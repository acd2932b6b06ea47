// Package stsfolder creates, shows and checks STS folders: Synapse folders whose
// storage location gives temporary AWS credentials. Migrations go into them.
//
// The terms are Synapse's. A storage location is a bucket and a base key. It is
// external (the user's own bucket, which must let Synapse in and hold an
// owner.txt that names the user) or managed (Synapse's bucket, with a base key
// that Synapse chooses). An upload setting connects it to a folder. Everything
// below that folder is an STS tree and has rules of its own.
//
// Create can be interrupted anywhere and repeated: each step first looks for what
// an earlier attempt made. The Check functions compare a folder and its tree with
// the rules. Explain turns a refusal of the server into what to do about it.
//
// The package reaches Synapse and S3 only through the interfaces that it declares.
package stsfolder
