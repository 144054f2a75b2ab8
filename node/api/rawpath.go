package api

import "unicode/utf8"

// RawPath returns the bytes of a path that JSON cannot carry as a string, for they
// are no UTF-8; nil for every other path. Documents have them beside the path.
func RawPath(path string) []byte {
	if utf8.ValidString(path) {
		return nil
	}
	return []byte(path)
}

// RawPaths returns those of the paths that JSON cannot carry as strings.
func RawPaths(paths []string) (raw [][]byte) {
	for _, p := range paths {
		if b := RawPath(p); b != nil {
			raw = append(raw, b)
		}
	}
	return raw
}
