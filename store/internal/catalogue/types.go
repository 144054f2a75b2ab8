package catalogue

import (
	"time"

	"homeroll/store/media"
)

// File is a file of a watched folder as it was when it was hashed.
type File struct {
	Folder media.FolderID
	Path   string // in the folder, slashes
	Item   media.Item
	MTime  time.Time
	// CTime and Inode tell a changed or renamed file; zero = unknown. Inode is
	// unique on the device, not only on one of its filesystems.
	CTime time.Time
	Inode uint64
	// Verified is when the bytes were read and hashed; zero leaves what is known.
	Verified time.Time
	// Damaged: the file is there as it was recorded, but its bytes are not the
	// item's any more. It is no copy; its name stands.
	Damaged bool
}

// FileKey names a file of a watched folder.
type FileKey struct {
	Folder media.FolderID
	Path   string
}

// Changes is one transaction's worth of changes to the watched folders. A key
// in both Drop and Put is put. A rename is a Drop and a Put of one item.
type Changes struct {
	Put      []File
	Drop     []FileKey
	Outlines map[media.ID]media.Outline // of items of more than one group
}

// Folder is a watched folder and its counts.
type Folder struct {
	media.Folder
	Path  string // absolute, on this device
	Items int64  // distinct
	Files int64
	Bytes int64 // of the distinct items
}

// VaultFile is a plain file of the vault.
type VaultFile struct {
	Path   string // relative to the vault, slashes
	Item   media.Item
	MTime  time.Time
	Origin media.Device   // whose file it is a copy of
	Folder media.FolderID // of the origin
	Label  string         // of that folder
	Name   string         // the original path in that folder
	// Version: an older version that the origin has replaced, set aside. It
	// takes the place of no name.
	Version  bool
	Verified time.Time // as in File
	Damaged  bool      // as in File
}

// VaultChanges is one transaction's worth of changes to the vault. A path in
// both Drop and Put is put; a move is a Drop and a Put.
type VaultChanges struct {
	Put  []VaultFile
	Drop []string
	// Note are names whose content the vault has under another name, because
	// its filesystem cannot give one content two: they have no path.
	Note     []VaultFile
	Outlines map[media.ID]media.Outline
}

// Name is one name of an item by one device.
type Name struct {
	media.Name
	Device media.Device
	Label  string // of the folder, "" if its device does not say
	Kept   bool   // no device has the file any more; By keeps its content and name
	By     media.Device
}

// Unplaced is a name of another device whose content is held here but that
// has no vault file yet.
type Unplaced struct {
	Row    int64 // to continue after
	Device media.Device
	Label  string // of the folder, "" if its device does not say
	media.Name
	// Stale are vault files of the same item whose own name is no live one any
	// more: one of them can be moved instead of copied.
	Stale []VaultFile
}

// Displaced is a vault file whose name now stands for other content.
type Displaced struct {
	Row int64 // to continue after
	VaultFile
}

// Wanted is an item that this device lacks.
type Wanted struct {
	Item    media.Item
	Holders []media.Device // active ones
	Named   bool           // false: kept, no device names it any more
	Newest  time.Time      // of the files that are it; zero = unknown
}

// Count is a number of items and their bytes.
type Count struct{ Items, Bytes int64 }

// VaultCount sizes the vault.
type VaultCount struct {
	Count           // distinct items
	Files     int64 // files, versions included
	FileBytes int64 // of all files, were nothing shared between them
}

// TallyRow counts the items that exactly these devices hold.
type TallyRow struct {
	Holders []media.Device // whether active or not
	Named   bool           // some device has a file of it in a folder
	Wanted  bool           // this device may fetch it, or has it
	Count
}

// Tally counts every item that somebody holds or names.
type Tally struct {
	Rows     []TallyRow
	Unplaced int64
	AsOf     map[media.Device]time.Time // other devices, when last known complete
	Profiles map[media.Device]media.Profile
	Library  Count // distinct items in this device's folders
	Vault    VaultCount
}

// Info is what is known of an item.
type Info struct {
	Item     media.Item
	Holders  []media.Device // active ones
	Held     bool           // by this device
	Verified time.Time      // when this device last hashed it; zero = unknown
	Names    []Name
	Files    []File      // of this device's folders
	Vault    []VaultFile // of this device's vault
	Gone     bool        // this device's user let it go
}
