// Package planner decides what a migration will do, and does none of it.
//
// Terms: an Object is what a source lists; an Item is one row of the plan,
// an object with its destination and its Action; a Finding is what a rule
// has to say about the run or about items. Rules and the choice of an
// action are pure functions of values; everything that is looked up comes
// through the small interfaces in this package.
//
// The outline: the destination is examined; the source is listed in pages,
// in key order, each page decided and appended to a Store together with the
// cursor from which listing goes on; when the list has ended, rules that
// need to see all of it (names that clash, crowded folders) amend items;
// then the plan is sealed under a digest and never changes again.
package planner
