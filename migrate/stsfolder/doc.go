// Package stsfolder makes, shows and checks Synapse folders whose storage
// location hands out temporary credentials (STS): what migrations go into.
//
// The terms are Synapse's. A storage location is a bucket and a base key; it
// is external (somebody's own bucket, which must let Synapse in and hold an
// owner.txt that names the caller) or managed (Synapse's bucket, where
// Synapse chooses the base key). An upload setting binds it to a folder. The
// tree below such a folder is an STS tree, and has rules of its own.
//
// Create brings these about in an order that can break off anywhere: each
// step looks for what an earlier attempt made. Check holds a folder and its
// tree against the rules. Explain says of the server's refusals what to do.
//
// The package decides; it reaches S3 through the interfaces that it
// declares.
package stsfolder
