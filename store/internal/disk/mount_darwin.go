package disk

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// MountOf returns the mount that an existing, resolved path lies on.
func MountOf(path string) (Mount, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return Mount{}, fmt.Errorf("read filesystem of %s: %w", path, err)
	}
	m := Mount{
		Type: unix.ByteSliceToString(st.Fstypename[:]),
		ID:   []string{"fsid", fmt.Sprintf("%08x%08x", uint32(st.Fsid.Val[0]), uint32(st.Fsid.Val[1]))},
	}
	m.Inodes, m.Deaf = !looseInodes(m.Type), isDeaf(m.Type)
	if st.Flags&unix.MNT_LOCAL == 0 {
		m.Deaf = true
		m.Remote = m.Type + ":" + unix.ByteSliceToString(st.Mntfromname[:])
	}
	return m, nil
}
