package disk

import "os"

// Machine returns what tells this machine from others: its own identity where
// the system has one, the host's name, and the network it lives in, so that
// containers that share a kernel count as machines of their own.
func Machine() []string {
	host, _ := os.Hostname()
	return append([]string{host}, machineParts()...)
}
