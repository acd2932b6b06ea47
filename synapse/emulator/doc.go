// Package emulator is Synapse's REST API as an http.Handler: entities, file
// handles, multipart uploads and copies, storage locations, project
// settings, STS, provenance, access requirements, users and tokens, with the
// server's rules in the server's order, its statuses, reasons, throttles,
// ETags, paging and trash.
//
// It is written from the API's rules (the server's public source, October
// 2024 snapshot), not from what one client happens to send; any client may
// be pointed at it. What it doesn't have answers 404 in the server's form.
// State lives in memory. Objects live in the S3 that Options.Storage speaks
// to, and temporary credentials come from Options.Vendor.
package emulator
