package disk

import "os"

// SyncRead makes the bytes of a file durable that is only open for reading, and
// reports what could not be written. Where a system syncs no such file, it is no
// error: there, time does it.
func SyncRead(f *os.File) error {
	err := f.Sync()
	if isUnsyncable(err) {
		return nil
	}
	return err
}
