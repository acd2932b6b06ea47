// Package verify looks at a destination a second time: it compares what a
// plan says with what Synapse and S3 say now. It reads the plan alone, never
// what a run recorded of itself, so that it works for a destination that
// something else filled, too.
//
// It goes through the folders of the plan, the destination folder first.
// Each folder's children are listed (one call for each 50); each planned
// file is asked for with its annotations, its file handle and what made it in
// one call, each older version in two, and its object is looked at with
// HeadObject. The versions that a replaced file had, and whose object was
// copied aside, are looked at like older ones. What the folder has beyond the
// plan is extra. At the end the objects below the base key are listed (one
// request for each 1,000): what no file refers to is unregistered. Where asked to, objects are read back and hashed.
//
// What the plan leaves out has no verdict but that, with one exception: what
// it leaves out for being there already, or for another file being there, is
// compared with what is known of its source. So a plan tells something even
// of a destination that was full when it was made. Such a file may lie in a
// sub-folder of the form that spreads crowded folders (part-0001).
//
// Memory doesn't grow with the plan, but for 16 bytes an item that the plan
// leaves out and some for each folder of these, and the children of the
// folders on the way down. Which objects files refer to is kept on disk.
package verify
