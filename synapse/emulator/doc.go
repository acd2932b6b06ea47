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
//
// A test fills an Emulator by its Access, Content and Details, which ask for
// nobody's permission, and reads it by Snapshot and CallStats. InjectFault,
// SetThrottle, SetPathLimit and SetStatus make it refuse and fail.
//
// Inside, the file of each subject has its table of routes.
// A route leads to a function of one call, which answers with a document or
// fails in the server's words. What is known is in state.go, one type for
// each subject; edit.go, create.go and update.go change entities.
package emulator
