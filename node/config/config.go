// Package config is config.toml: its keys, defaults and comments, the
// environment that overrides it, and the one place where values are checked.
//
// Start with [Config] and [Load]. The file is written anew, comments
// included, on every [Save]; a key that a later version removes is an error
// that names it, never silently ignored.
package config

import (
	"slices"
	"time"
)

// Config is every setting of one node. Default returns it with each default.
type Config struct {
	Device   Device   `toml:"device"`
	Folders  []Folder `toml:"folder"`
	Vault    Vault    `toml:"vault"`
	Peers    Peers    `toml:"peers"`
	Web      Web      `toml:"web"`
	Media    Media    `toml:"media"`
	Scan     Scan     `toml:"scan"`
	Cache    Cache    `toml:"cache"`
	Previews Previews `toml:"previews"`
	Limits   Limits   `toml:"limits"`
	Schedule Schedule `toml:"schedule"`
	Quiet    Quiet    `toml:"quiet"`
	Trash    Trash    `toml:"trash"`
	Log      Log      `toml:"log"`
}

// Device is what this device is called and what it does for the home.
type Device struct {
	Name string `toml:"name"` // "" = the host's name
	Keep string `toml:"keep"` // "originals" or "nothing"
	NAS  bool   `toml:"nas"`
	// Priority is PriorityLow or PriorityNormal: of the whole process, for processor and disk.
	Priority string `toml:"priority"`
}

// Folder is one watched folder.
type Folder struct {
	Path   string   `toml:"path"` // absolute
	Ignore []string `toml:"ignore"`
}

// Vault sizes are bytes; in the file they may be written as "110 GB".
type Vault struct {
	Dir     string `toml:"dir"`     // absolute, or "" before the first run
	Budget  Size   `toml:"budget"`  // 0 = no limit
	Reserve Size   `toml:"reserve"` // 0 = 5 % of the disk, at most 10 GB
}

// Peers is how other devices reach this one.
type Peers struct {
	Listen    string   `toml:"listen"` // HOST:PORT
	Multicast bool     `toml:"multicast"`
	Static    []string `toml:"static,omitempty"` // HOST:PORT each
}

// Web is where the page is served.
type Web struct {
	Addr  string   `toml:"addr"`            // HOST:PORT, or Off
	TLS   string   `toml:"tls"`             // TLSAuto, Off or "CERT,KEY"
	Names []string `toml:"names,omitempty"` // in lower case
}

// Media lists the extensions, lower-case and without dot, of what is backed up.
type Media struct {
	Photos, Raw, Videos, Sidecars []string
}

// Scan is how folders are looked at.
type Scan struct {
	Settle time.Duration `toml:"settle"`
	Rescan time.Duration `toml:"rescan"`
}

// Cache is where small pictures are kept. They can be made again at any time.
type Cache struct {
	Dir   string `toml:"dir"` // absolute, or "" for the system's
	Limit Size   `toml:"limit"`
}

// Previews is how the small pictures are made.
type Previews struct {
	Background bool   `toml:"background"`
	CPU        string `toml:"cpu"` // "50%"
}

// Percent returns CPU as a number from 1 to 100.
func (p Previews) Percent() int {
	n, _ := percent(p.CPU)
	return n
}

// Quiet is when a silent device is worth a warning.
type Quiet struct {
	After time.Duration `toml:"after"`
}

// Trash is what the vault does with what was trashed.
type Trash struct {
	Keep time.Duration `toml:"keep"` // before it is deleted
}

// Log is what the node writes to stderr.
type Log struct {
	Format string `toml:"format"` // "text" or "json"
	Level  string `toml:"level"`  // LevelAuto, or what slog.Level reads
}

// What a device may keep of the others' media.
const (
	KeepOriginals = "originals"
	KeepNothing   = "nothing"
)

// LevelAuto lets the format decide the level of the log.
const LevelAuto = "auto"

// DefaultPort is the TCP port that peers connect to.
const DefaultPort = "8471"

// Off is the value of web.addr that serves no page, and of web.tls that serves it
// to other devices in the clear.
const Off = "off"

// TLSAuto is the value of web.tls by which the node certifies itself.
const TLSAuto = "auto"

// DefaultWebPort is the TCP port of the page.
const DefaultWebPort = "8470"

// DefaultWeb is where the page is by default: for this device alone.
const DefaultWeb = "127.0.0.1:" + DefaultWebPort

// NASWeb is where it is by default in NAS mode.
const NASWeb = ":" + DefaultWebPort

// Default returns every setting at its default: no folders, no vault yet. The
// media are those of store.DefaultTypes, which a test of package node holds equal.
func Default() Config {
	return Config{
		Device: Device{Keep: KeepOriginals, Priority: PriorityLow},
		Peers:  Peers{Listen: ":" + DefaultPort, Multicast: true},
		Web:    Web{Addr: DefaultWeb, TLS: TLSAuto},
		Media: Media{
			Photos: []string{
				"jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "gif", "webp", "heic", "heif", "hif", "avif", "jxl",
				"jp2", "j2k", "jpx", "tif", "tiff", "bmp", "dib", "ppm", "pgm", "pnm", "insp", "psd",
			},
			Raw: []string{
				"dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "srw", "orf", "ori", "rw2", "raf", "pef", "ptx",
				"x3f", "3fr", "fff", "iiq", "eip", "erf", "mef", "mos", "mrw", "kdc", "dcr", "dc2", "k25", "rwl", "raw", "gpr", "cap", "bay",
			},
			Videos: []string{
				"mp4", "m4v", "mov", "qt", "avi", "mkv", "webm", "mts", "m2ts", "m2t", "3gp", "3g2", "mpg", "mpeg", "mpe",
				"wmv", "asf", "mod", "tod", "vob", "ogv", "flv", "dv", "insv", "360", "lrv", "mp", "crm", "braw", "mxf",
			},
			Sidecars: []string{"xmp", "aae", "json", "csv", "thm", "pp3", "dop", "srt"},
		},
		Scan:     Scan{Settle: time.Second, Rescan: time.Hour},
		Cache:    Cache{Limit: 2e9},
		Previews: Previews{Background: true, CPU: "50%"},
		Quiet:    Quiet{After: 7 * day},
		Trash:    Trash{Keep: 60 * day},
		Log:      Log{Format: "text", Level: LevelAuto},
	}
}

// Clone returns a copy that shares no slice with c.
func (c Config) Clone() Config {
	c.Folders = slices.Clone(c.Folders)
	for i, f := range c.Folders {
		c.Folders[i].Ignore = slices.Clone(f.Ignore)
	}
	c.Peers.Static = slices.Clone(c.Peers.Static)
	c.Web.Names = slices.Clone(c.Web.Names)
	for _, list := range []*[]string{
		&c.Media.Photos, &c.Media.Raw, &c.Media.Videos, &c.Media.Sidecars,
		&c.Limits.PeersUp, &c.Limits.PeersDown, &c.Limits.During, &c.Schedule.Media, &c.Schedule.Quiet,
	} {
		*list = slices.Clone(*list)
	}
	return c
}
