package store

import (
	"os"
	"strconv"
	"strings"
)

// watchLimit returns how many of something a user may have: max_user_watches or
// max_user_instances; 0 if the system does not say. In a container a namespace
// may have a lower limit of its own.
func watchLimit(what string) int64 {
	of, ok := readLimit("/proc/sys/fs/inotify/" + what)
	own, found := readLimit("/proc/sys/user/" + strings.Replace(what, "user", "inotify", 1))
	if found && (!ok || own < of) {
		return own
	}
	return of
}

func readLimit(path string) (int64, bool) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	return n, err == nil
}
