// Package access decides how a bucket is reached, and reaches it: rule, then
// credentials, then store.
//
// A rule of the configuration file says of a bucket, by its name or a pattern,
// where its S3 is, and which credentials sign. What the command line says of
// the bucket comes before the rule, and what the AWS tools' settings say comes
// after it. Opener.Place makes a Way of that, a value, and choose.go says whose
// credentials sign; neither asks anybody. Opener.Way adds the credentials that are named; Way.Or adds others where
// none are. Opener.Open makes a Store of a Way: it refuses plain http to other
// machines, and asks S3 for the bucket's region where nothing says it. Each
// provider of credentials is made once, however many buckets it is for.
//
// A new kind of credentials is what the file says of it (config/provider.go),
// what gives them (a file of package credentials), and the line that joins the
// two (credentials/rule.go). Nothing here knows kinds, but for two remarks:
// those of NASA's endpoints work within a region only, and what Synapse's
// write belongs to another account.
//
// On top of that, a Migration says which of its credentials read and write
// both ends; Buckets finds the way into each bucket behind a project when its
// first file is met; Try tries a way for migrate config check.
package access
