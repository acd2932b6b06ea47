// Package synapse speaks Synapse's REST API: documents, a client, its error
// type, its retries and the call budget that everything in a process shares.
// It knows nothing of S3 and decides nothing about a migration.
package synapse
