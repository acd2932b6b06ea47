// Package verify compares a destination with a plan: it asks Synapse and S3 what
// is there now, and says for each item whether it is as planned. It reads only
// the plan, never what a run recorded about itself, so it can also check a
// destination that another program filled. It changes nothing.
//
// Run emits one Row for each item, each folder, and each entity or object that
// the plan doesn't have. A Row has a Verdict (match, differs, missing and so on),
// the Differences behind it, and a Proof: how it is known that the content is
// the source's.
//
// Folders are compared from the top down. Each folder's children are listed (one
// call for every 50). Each planned file takes one call, for its annotations, file
// handle and provenance; each older version takes two. Each object takes one
// HeadObject. The versions of a replaced file whose object was copied first are
// compared like older versions. What a folder has beyond the plan is extra. At
// the end the objects below the base key are listed (one request for every
// 1,000); those that no file refers to are unregistered. With Options.Read,
// objects are also read and hashed.
//
// Items that the plan leaves out are reported as such and not compared, with one
// exception: items left out because their file was there already, or another file
// was, are compared with what is known of their source. Such a file may be in a
// sub-folder that spreads a crowded folder (part-0001).
//
// Memory stays flat, except for 16 bytes for each item that the plan leaves out,
// a few for each of their folders, and the children of the folders being walked.
// Which objects files refer to is kept on disk.
package verify
