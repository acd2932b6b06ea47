// Package credentials provides temporary AWS credentials and keeps them
// fresh.
//
// A provider is wrapped by a Renewing, which caches what it got, renews it
// well before it expires, makes one call however many ask at once, and can
// be told that a service refused what it gave out. There is one for each
// door that data lies behind: Synapse's STS, endpoints /s3credentials as
// NASA serves them and any others that vend credentials in JSON, roles and
// federated users of AWS's STS, programs by the contract of
// credential_process, the roles of instances and containers, keys that
// variables or files hold, and what the AWS SDK finds by itself. FromRule
// makes the one that a configuration names.
//
// Sessions of STS are asked for with a policy of what the plan needs
// (SessionPolicy) and as short as the renewal keeps up with,
// unless the configuration says otherwise.
//
// Nothing here writes a secret anywhere: values print as REDACTED, and
// errors hold the provider's name, a service's own words about a refusal,
// and what to do, but nothing of an answer that may hold credentials.
package credentials
