// Package access decides how a bucket is reached, and reaches it: rule, then
// credentials, then store.
//
// A rule of the configuration file says of a bucket, by its name or a pattern,
// where its S3 is, and which credentials sign. What the command line says of
// the bucket comes before the rule, and what the AWS tools' settings say comes
// after it. Opener.Place makes a Way of that, a value; it asks nobody.
// Opener.Way adds the credentials that are named; Way.Or adds others where
// none are. Opener.Open makes a Store of a Way: it refuses plain http to other
// machines, and asks S3 for the bucket's region where nothing says it. Each
// provider of credentials is made once, however many buckets it is for.
//
// A new kind of credentials is a kind in package config, which reads it, and
// a provider in package credentials, which makes it. Nothing here knows kinds,
// but for two remarks: S3 credentials of NASA's work within a region only, and
// what Synapse's credentials write belongs to another account.
//
// On top of that, a Migration says which of its credentials read and write
// both ends; Buckets finds the way into each bucket behind a project when its
// first file is met; Try tries a way for migrate config check.
package access
