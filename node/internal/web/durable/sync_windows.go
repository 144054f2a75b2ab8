package durable

// syncDir does nothing: NTFS journals the rename, and a directory cannot be flushed by those
// who may only read it.
func syncDir(string) error { return nil }
