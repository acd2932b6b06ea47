// Package credentials provides temporary AWS credentials and keeps them
// fresh.
//
// A provider (Synapse STS, the SDK's default chain, static keys) is wrapped
// by a Renewing, which caches what it got, renews it well before it
// expires, makes one call however many ask at once, and can be told that a
// service refused what it gave out. Nothing here writes a secret anywhere:
// values print as REDACTED, and errors name the provider only.
package credentials
