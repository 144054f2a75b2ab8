package catalogue

import (
	"context"
	"log/slog"
	"time"

	"homeroll/store/media"
)

// Catalogue is safe for concurrent use.
type Catalogue struct{}

// Open opens or creates the database at path. ErrCorrupt: unusable, move it
// (and its -wal and -shm) aside and open again. A home other than the stored one is taken as by SetHome.
func Open(ctx context.Context, path string, signer media.Signer, home media.Home, log *slog.Logger) (*Catalogue, error) {
	panic("unwritten")
}

// Close waits for what is running.
func (c *Catalogue) Close() error { panic("unwritten") }

// PutFolder adds a folder, or changes its label or path.
func (c *Catalogue) PutFolder(ctx context.Context, f media.Folder, path string) error {
	panic("unwritten")
}

// DropFolder withdraws a folder and all its files, in batches; if interrupted, call it again.
func (c *Catalogue) DropFolder(ctx context.Context, id media.FolderID) error { panic("unwritten") }

// Folders returns the folders in the order of adding.
func (c *Catalogue) Folders(ctx context.Context) ([]Folder, error) { panic("unwritten") }

// ChangeFiles records changes to watched folders, all or none. The folders must have been put.
func (c *Catalogue) ChangeFiles(ctx context.Context, ch Changes) error { panic("unwritten") }

// File returns the file, and false if none is recorded there.
func (c *Catalogue) File(ctx context.Context, k FileKey) (File, bool, error) { panic("unwritten") }

// Files returns up to limit files of the folder in byte order of their paths, from the first after that path.
func (c *Catalogue) Files(ctx context.Context, folder media.FolderID, after string, limit int) ([]File, error) {
	panic("unwritten")
}

// FilesByInode returns the files with this inode and size, in any folder.
func (c *Catalogue) FilesByInode(ctx context.Context, inode uint64, size int64) ([]File, error) {
	panic("unwritten")
}

// FilesOf returns this device's files of an item.
func (c *Catalogue) FilesOf(ctx context.Context, it media.Item) ([]File, error) { panic("unwritten") }

// ChangeVault records changes to the vault, all or none.
func (c *Catalogue) ChangeVault(ctx context.Context, ch VaultChanges) error { panic("unwritten") }

// VaultFile returns the vault file at a path, and false if none is recorded there.
func (c *Catalogue) VaultFile(ctx context.Context, path string) (VaultFile, bool, error) {
	panic("unwritten")
}

// VaultFilesOf returns the vault files of an item.
func (c *Catalogue) VaultFilesOf(ctx context.Context, it media.Item) ([]VaultFile, error) {
	panic("unwritten")
}

// VaultFiles returns up to limit vault files in byte order of their paths, from the first after that path.
func (c *Catalogue) VaultFiles(ctx context.Context, after string, limit int) ([]VaultFile, error) {
	panic("unwritten")
}

// VaultCount sizes the vault; cheap.
func (c *Catalogue) VaultCount(ctx context.Context) (VaultCount, error) { panic("unwritten") }

// Unplaced returns up to limit names to place, from the first after that row (0 = from the start).
func (c *Catalogue) Unplaced(ctx context.Context, after int64, limit int) ([]Unplaced, error) {
	panic("unwritten")
}

// Displaced returns up to limit vault files to set aside, from the first after that row.
func (c *Catalogue) Displaced(ctx context.Context, after int64, limit int) ([]Displaced, error) {
	panic("unwritten")
}

// SetProfile publishes what this device says of itself.
func (c *Catalogue) SetProfile(ctx context.Context, p media.Profile) error { panic("unwritten") }

// SetHome signs this device's root for the home h and forgets all other devices' manifests; no-op if it is the home already.
func (c *Catalogue) SetHome(ctx context.Context, h media.Home) error { panic("unwritten") }

// SetMembers says whose roots are taken and whose holdings count.
func (c *Catalogue) SetMembers(ctx context.Context, active []media.Device) error {
	panic("unwritten")
}

// SetVerified records when this device last hashed items that it holds.
func (c *Catalogue) SetVerified(ctx context.Context, items []media.Item, at time.Time) error {
	panic("unwritten")
}

// Outline returns the outline of an item held here (empty for one group);
// media.ErrNotHeld if it is not known.
func (c *Catalogue) Outline(ctx context.Context, it media.Item) (media.Outline, error) {
	panic("unwritten")
}

// HeldItem returns the item with this hash that this device holds, else media.ErrNotHeld.
func (c *Catalogue) HeldItem(ctx context.Context, id media.ID) (media.Item, error) {
	panic("unwritten")
}

// Lookup returns what is known of an item; media.ErrNotHeld if nothing is.
func (c *Catalogue) Lookup(ctx context.Context, id media.ID) (Info, error) { panic("unwritten") }

// NamesOf returns every name of an item, of this and other devices, kept ones included.
func (c *Catalogue) NamesOf(ctx context.Context, it media.Item) ([]Name, error) { panic("unwritten") }

// FolderLabel returns what a device calls its folder, "" if it does not say.
func (c *Catalogue) FolderLabel(ctx context.Context, d media.Device, f media.FolderID) (string, error) {
	panic("unwritten")
}

// Label returns the vault directory chosen for a folder of a device, or for
// the device itself (zero folder), and false if none was.
func (c *Catalogue) Label(ctx context.Context, d media.Device, f media.FolderID) (string, bool, error) {
	panic("unwritten")
}

// SetLabel chooses it, once: ErrTaken if another device (or another folder of the
// device) has a directory that differs at most in case or Unicode form.
func (c *Catalogue) SetLabel(ctx context.Context, d media.Device, f media.FolderID, dir string) error {
	panic("unwritten")
}

// Wanted returns up to limit items that this device lacks, may fetch, and that some of the
// online devices hold; those with the fewest active holders first.
func (c *Catalogue) Wanted(ctx context.Context, online []media.Device, limit int) ([]Wanted, error) {
	panic("unwritten")
}

// Tally counts everything; cheap at any size.
func (c *Catalogue) Tally(ctx context.Context) (Tally, error) { panic("unwritten") }

// Outruns returns how often in this run a root of this device that it did not
// write has forced a new epoch, and when last. More than once means that two
// live instances use one key.
func (c *Catalogue) Outruns() (n int, last time.Time) { panic("unwritten") }

// Changed is closed at the next change of any manifest known here.
func (c *Catalogue) Changed() <-chan struct{} { panic("unwritten") }

// What follows is syncproto.Library, which see.

func (c *Catalogue) Roots(ctx context.Context) ([]media.Root, error) { panic("unwritten") }
func (c *Catalogue) Node(ctx context.Context, by media.Device, p media.Prefix) (media.Node, error) {
	panic("unwritten")
}
func (c *Catalogue) Children(ctx context.Context, by media.Device, p media.Prefix) (*[media.Fanout]media.Node, error) {
	panic("unwritten")
}
func (c *Catalogue) Fingerprints(ctx context.Context, by media.Device, p media.Prefix) ([]media.Fingerprint, error) {
	panic("unwritten")
}
func (c *Catalogue) Records(ctx context.Context, by media.Device, fps []media.Fingerprint) ([]media.Record, error) {
	panic("unwritten")
}
func (c *Catalogue) Since(ctx context.Context, by media.Device, from media.Node) (media.Delta, bool, error) {
	panic("unwritten")
}
func (c *Catalogue) SetSubtree(ctx context.Context, by media.Device, p media.Prefix, keep []media.Fingerprint, add []media.Record) error {
	panic("unwritten")
}
func (c *Catalogue) Adopt(ctx context.Context, r media.Root) error     { panic("unwritten") }
func (c *Catalogue) Apply(ctx context.Context, d media.Delta) error    { panic("unwritten") }
func (c *Catalogue) Outrun(ctx context.Context, seen media.Root) error { panic("unwritten") }
