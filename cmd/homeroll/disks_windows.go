package main

import "golang.org/x/sys/windows"

// diskSpace returns the bytes that this user may write at a path, and the disk's size.
func diskSpace(path string) (free, size int64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, err
	}
	var available, total uint64
	if err := windows.GetDiskFreeSpaceEx(name, &available, &total, nil); err != nil {
		return 0, 0, err
	}
	return int64(available), int64(total), nil
}

// listDisks returns the drives that may be written to.
func listDisks() []disk {
	mask, err := windows.GetLogicalDrives()
	if err != nil {
		return homeDisk()
	}
	var disks []disk
	for i := range 26 {
		if mask&(1<<i) == 0 {
			continue
		}
		root := string(rune('A'+i)) + `:\`
		name, err := windows.UTF16PtrFromString(root)
		if err != nil {
			continue
		}
		if kind := windows.GetDriveType(name); kind != windows.DRIVE_FIXED && kind != windows.DRIVE_REMOVABLE {
			continue
		}
		if free, size, err := diskSpace(root); err == nil {
			disks = append(disks, disk{root, free, size})
		}
	}
	return disks
}
