// Package synapse speaks Synapse's REST API: documents, a client, its error
// type, its retries and the call budget that everything in a process shares.
// It knows nothing of S3 and decides nothing about a migration.
//
// A Client has the calls of EntityCalls, HandleCalls and the other types of
// that name, one for each subject. Each call passes, from the outside in: the
// retries (retry.go), the Limiter, which is the process's Budget (budget.go),
// the server's cookies and the log (transport.go).
package synapse
