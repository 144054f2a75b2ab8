package main

import (
	"bufio"
	"cmp"
	"io"
	"os"
	"slices"
	"strings"
)

// listDisks returns the writable disks of this machine, the one with the most room first.
func listDisks() []disk {
	f, err := os.Open("/proc/mounts")
	if err != nil {
		return homeDisk()
	}
	defer f.Close()
	var disks []disk
	for _, mount := range mountPoints(f) {
		free, size, err := diskSpace(mount)
		if err == nil && size > 0 {
			disks = append(disks, disk{mount, free, size})
		}
	}
	if len(disks) == 0 {
		return homeDisk()
	}
	slices.SortStableFunc(disks, func(a, b disk) int { return cmp.Compare(b.free, a.free) })
	return disks
}

// notDisks are filesystems that hold nothing over a restart, or nothing of one's own.
var notDisks = []string{
	"autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
	"fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "squashfs",
	"sysfs", "tmpfs", "tracefs", "iso9660", "nfs", "nfs4", "cifs", "smb3", "9p",
}

// mountPoints reads the writable disks of /proc/mounts, see proc_pid_mounts(5), each device
// once.
func mountPoints(r io.Reader) []string {
	var mounts []string
	devices := map[string]bool{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || slices.Contains(notDisks, fields[2]) {
			continue
		}
		mount := unescapeMount.Replace(fields[1])
		options := strings.Split(fields[3], ",")
		boot := mount == "/boot" || strings.HasPrefix(mount, "/boot/") || mount == "/efi"
		file := false
		if info, err := os.Stat(mount); err == nil {
			file = !info.IsDir()
		}
		if boot || file || devices[fields[0]] || !slices.Contains(options, "rw") {
			continue
		}
		devices[fields[0]] = true
		mounts = append(mounts, mount)
	}
	return mounts
}

var unescapeMount = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
