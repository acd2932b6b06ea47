// Package objectstore reaches S3: it lists, heads, copies, streams and
// hashes objects, and is the only production code but the sandbox that
// imports the S3 client.
//
// A Store is one way to reach S3: credentials, region, endpoint, limits. A
// Mover brings objects from what one Store may read to what another may
// write. Terms: copy is server-side, no byte of the object passes through
// this process; stream reads with the source's Store and writes with the
// destination's, with the MD5 computed in passing.
//
// What holds for every transfer:
//
//   - reads and copies are pinned to the planned ETag (If-Match);
//   - writes refuse to overwrite (If-None-Match: *) unless asked to;
//   - the result is compared with its source before it is returned, by size
//     and by ETag, checksum or bytes; the ETag in the answer to a CopyObject
//     does for both;
//   - an effect whose answer was lost is looked up, not repeated blindly;
//   - multipart uploads go on from their last finished part, also in
//     another process.
//
// Retries are the SDK's and in one layer. A refusal to go so fast (SlowDown,
// 503) halves the number of requests in flight, which then grows again by
// one for each round of successes. Expired credentials cause one renewal
// and one more attempt.
package objectstore
