// Package bench compares migrate with other programs on one server, and counts
// the requests and bytes of migrate alone. It consists of tests: those without
// a build tag check the method, those with the tag bench do the measuring and
// are run by make bench.
//
// The method, in outline:
//
//   - every program is a process of its own, ours too, so that starting,
//     listing, processor time and memory count alike for all;
//   - programs take turns within a round, and each round begins with another
//     one, so that a machine that gets slower is slow for all;
//   - a ratio is taken within its round, to the program that stands first
//     among the contestants; what is reported is the median of the rounds,
//     with the smallest and the largest;
//   - what a program was asked to bring must be there after each round;
//   - requests are counted in a pass of their own, which isn't timed, by a
//     proxy that all programs go through.
package bench
