// Package planner decides what a migration will do, and does none of it.
//
// The packages below it do the work: rules says what is looked for, access
// compares who can reach the data, destination finds out what is there, choose
// decides about one object, listing and project plan sources of either kind,
// and seal does what needs the whole list. This package is the vocabulary that
// they share with the run and the reports.
//
// Terms: an Object is what a source lists; an Item is one row of the plan,
// an object with its destination and its Action; a Finding is what a rule
// has to say about the run or about items. Rules and the choice of an
// action are pure functions of values; everything that is looked up comes
// through small interfaces of the packages that ask.
//
// The outline: the destination is examined; the source is listed in pages,
// in key order, each page decided and appended to a Store together with the
// cursor from which listing goes on; when the list has ended, rules that
// need to see all of it (names that clash, crowded folders) amend items;
// then the plan is sealed under a digest and never changes again.
//
// Memory is flat: what is kept between pages is the chain of folders at the
// last key, their numbers of children, and a count with a few examples for
// each rule. All of it stands in the Cursor, so that planning goes on after
// an interruption and ends with the same plan. What the destination holds is
// read again, folder by folder: the children of those on the way to the key,
// and 16 bytes for each file in their shards, 2,000,000 at most.
//
// A project is walked breadth first: the plan's own folders, in the order of
// their IDs, are the queue, and the cursor is a folder with the token of its
// next page. One goroutine reads pages, a few ahead, and asks about their
// children at once; another decides and stores page after page, so that IDs
// and the choice of an action never depend on which answer came first. Kept
// between pages are the buckets met, with how each is reached and what is
// done with its files, and the comparison of who has access.
//
// Files that have left a project already are no longer in it. Where files move
// with all their versions, those of the destination's folders that ever had
// versions are looked at, too: older ones that don't lie in the destination's
// storage location are what a move whose run file was lost has left behind.
//
// Names: every segment of a key after the last slash of the source prefix
// becomes a name, as it is, or by ReplaceName, which can be undone. Files of
// a folder with too many children can be spread over sub-folders part-0001,
// part-0002 and so on, in the order of their keys. Sub-folders of that form
// that the destination holds already are searched for what is planned, in
// whichever order an earlier run, finished or not, has filled them.
package planner
