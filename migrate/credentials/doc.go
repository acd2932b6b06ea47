// Package credentials provides temporary AWS credentials and keeps them fresh.
//
// FromRule makes the provider that the configuration names for a bucket. There
// is one for each source of credentials: Synapse's STS, /s3credentials endpoints
// such as NASA's and other endpoints that return credentials as JSON, AWS STS
// roles and federated users, programs that follow the credential_process
// contract, the roles of instances and containers, keys in environment variables
// or files, and the AWS SDK's default chain.
//
// A Renewing wraps a provider. It caches the credentials, renews them well before
// they expire, makes one call for all who ask at the same time, and renews at
// once when it is told that a service refused them.
//
// STS sessions are requested with a policy that allows only what the plan needs
// (SessionPolicy) and for the shortest time that renewal can keep up with, unless
// the configuration says otherwise.
//
// No secret is written anywhere. Values print as REDACTED. Errors hold the
// provider's name, the service's reason and what to do, but nothing of an answer
// that may hold credentials.
package credentials
