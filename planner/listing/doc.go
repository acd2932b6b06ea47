// Package listing plans what a listing gives in the order of its keys: the
// objects of a bucket, the files of a directory, the URLs of a list. Keys
// become paths, files of crowded folders can be spread over sub-folders.
package listing
