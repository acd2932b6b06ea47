// Package objectstore reaches S3: it lists, heads, copies, streams and
// hashes objects, and is the only production code but the sandbox that
// imports the S3 client.
//
// A Store is one way to reach S3: credentials, region, endpoint, limits. A
// Mover brings objects from where a Source reads to what a Store may write;
// sources are a Store, a Web (download URLs of Synapse, fixed URLs), what package
// directory reads, and whatever else implements the interface. A Router chooses the source for each object of a plan that has
// several. Terms: copy is server-side, no byte of the object passes through
// this process; stream reads from the source and writes with the
// destination's credentials, with the MD5 computed in passing.
//
// What holds for every transfer:
//
//   - reads and copies are pinned to the planned ETag (If-Match), or where
//     the plan has none, to that of the first answer;
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
// and one more attempt, as does a download URL that is refused. A request
// that makes no progress for a minute is broken off and gone on with.
package objectstore
