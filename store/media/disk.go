package media

import "github.com/zeebo/blake3"

// DiskOf returns the identity of the filesystem that these parts describe: the
// hash of all of them, so that none can be read back from it.
func DiskOf(parts ...string) Disk {
	h := blake3.New()
	_, _ = h.WriteString("homeroll disk 1\x00")
	for _, p := range parts {
		_, _ = h.WriteString(p)
		_, _ = h.Write([]byte{0})
	}
	var d Disk
	copy(d[:], h.Sum(nil))
	return d
}
