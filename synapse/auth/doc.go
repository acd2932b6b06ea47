// Package auth finds the access token to call Synapse with, and the address
// of the service: in a token file, the environment, or ~/.synapseConfig, the
// file that Synapse's own clients share. It never writes, and a token never
// reaches its errors.
package auth
