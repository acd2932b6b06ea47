package credcache

import "os"

// openOwn opens a file; the user's own folder keeps others out.
func openOwn(path string) (*os.File, error) { return os.Open(path) }
