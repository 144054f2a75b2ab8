//go:build unix && !linux

package poster

// limitMemory does nothing: only a process itself can do it here.
func limitMemory(int) {}
