// Package verify looks at a destination a second time: it compares what a
// plan says with what Synapse and S3 say now. It reads the plan alone, never
// what a run recorded of itself, so that it works for a destination that
// something else filled, too.
//
// It goes through the folders of the plan, the destination folder first.
// Each folder's children are listed (one call for each 50); each planned
// file is asked for with its annotations and its file handle in one call, each
// older version in one more, and its object is looked at with HeadObject.
// What the folder has beyond the plan is extra. Where asked to, objects are
// read back and hashed.
//
// Memory doesn't grow with the plan, but for 8 bytes an item that the plan
// leaves out, and the children of the folders on the way down.
package verify
