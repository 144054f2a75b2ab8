package disk

import "golang.org/x/sys/unix"

func machineParts() []string {
	uuid, _ := unix.Sysctl("kern.uuid")
	host, _ := unix.Sysctl("kern.hostuuid")
	return []string{uuid, host}
}
