package disk

import "strings"

// Mount is the mounted filesystem that a path lies on.
type Mount struct {
	Type   string   // as the system calls it; "" = unknown
	Remote string   // where its bytes really are, for a network filesystem; "" = on this machine
	ID     []string // what tells this filesystem from others of this machine
	// Real is the path on the filesystem itself, by which two bind mounts of
	// one directory can be recognised. "" = unknown.
	Real string
	// Deaf says that changes are made where this system's events do not tell of
	// them: on another machine, or in another system of this one.
	Deaf bool
	// Inodes says that an inode belongs to one file as long as it exists.
	Inodes bool
}

// remoteTypes are filesystems without events for what other machines change.
var remoteTypes = []string{
	"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "9p",
	"fuse.sshfs", "fuse.rclone", "fuse.glusterfs", "fuse.davfs2", "fuse.s3fs", "fuse.curlftpfs", "fuse.ceph-fuse",
}

// sharedTypes are likewise, between a machine and its virtual ones or a program.
var sharedTypes = []string{
	"virtiofs", "vboxsf", "prl_fs", "fuse.vmhgfs-fuse", "fuse.gvfsd-fuse", "fuse.gcsfuse", "fuse.juicefs", "fuse.smbnetfs", "fuse.mfs",
	"fuse.beegfs", "beegfs", "ocfs2", "gfs2", "drvfs",
}

// looseTypes make up inodes as they go.
var looseTypes = []string{"vfat", "msdos", "exfat", "fuseblk", "ntfs", "ntfs3"}

func isDeaf(fstype string) bool {
	return contains(remoteTypes, fstype) || contains(sharedTypes, fstype)
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}

func looseInodes(fstype string) bool {
	return contains(looseTypes, fstype) || contains(remoteTypes, fstype) || strings.HasPrefix(fstype, "fuse")
}
