package disk

import (
	"io/fs"
	"os"
	"syscall"
	"time"
)

// Attributes of files that a cloud client has not fetched (winnt.h).
const (
	attrOffline          = 0x00001000
	attrRecallOnOpen     = 0x00040000
	attrRecallDataAccess = 0x00400000
)

// identity knows no inode: Windows tells a file's index only to who opens it.
func identity(fs.FileInfo) (changed time.Time, inode, dev uint64) { return time.Time{}, 0, 0 }

func open(path string) (*os.File, error) { return os.Open(path) }

func traits(fi fs.FileInfo) Traits {
	st, ok := fi.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return Traits{}
	}
	return Traits{
		Hidden:      st.FileAttributes&syscall.FILE_ATTRIBUTE_HIDDEN != 0,
		Placeholder: st.FileAttributes&(attrOffline|attrRecallOnOpen|attrRecallDataAccess) != 0,
	}
}
