package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// key is one setting: its place in the file, what people read about it, and
// where it lives in a Config.
type key struct {
	section, name string
	comment       string
	accepted      string
	at            func(*Config) any // *string, *bool, *[]string, *Size, *Rate or *time.Duration
	check         func(any) error   // of the decoded value, which it may normalise through the pointer; nil = any
	zero          string            // how a zero Size is written
}

func (k key) full() string { return k.section + "." + k.name }

// env is the environment variable that overrides the key.
func (k key) env() string {
	return envPrefix + strings.ToUpper(k.section) + "_" + strings.ToUpper(k.name)
}

// keys are all settings, in the order of the file.
var keys = slices.Concat(deviceKeys, mediaKeys, fairnessKeys, upkeepKeys)

var deviceKeys = []key{
	{
		section: "device", name: "name",
		comment:  "What your other devices call this one. Empty means the computer's own name.",
		accepted: "1 to 64 characters of any script",
		at:       func(c *Config) any { return &c.Device.Name },
		check:    checkName,
	},
	{
		section: "device", name: "keep",
		comment:  "What this device keeps of the other devices' media: \"originals\" (every photo and\nvideo, within vault.budget) or \"nothing\" (it only offers its own).",
		accepted: `"originals" or "nothing"`,
		at:       func(c *Config) any { return &c.Device.Keep },
		check:    oneOf(KeepOriginals, KeepNothing),
	},
	{
		section: "device", name: "nas",
		comment:  "true for the home's box: no folders needed, no terminal, logs as JSON lines.",
		accepted: "true or false",
		at:       func(c *Config) any { return &c.Device.NAS },
	},
	{
		section: "device", name: "priority",
		comment:  "\"low\" lets whatever else runs here have the processor and the disk first; on an idle\ncomputer it costs nothing. \"normal\" competes.",
		accepted: `"low" or "normal"`,
		at:       func(c *Config) any { return &c.Device.Priority },
		check:    oneOf(PriorityLow, PriorityNormal),
	},
	{
		section: "vault", name: "dir",
		comment:  "Where the other devices' media is kept, as plain files (not encrypted).\nChosen at the first run and not changed here afterwards.",
		accepted: "the absolute path of a directory",
		at:       func(c *Config) any { return &c.Vault.Dir },
		check:    checkAbsolute,
	},
	{
		section: "vault", name: "budget",
		comment:  "How much the vault may hold.",
		accepted: `a size such as "110 GB" or "500MB", a number of bytes, or "none"`,
		at:       func(c *Config) any { return &c.Vault.Budget },
		zero:     "none",
	},
	{
		section: "vault", name: "reserve",
		comment:  "How much stays free on the vault's disk. \"auto\" is 5 % of it, at most 10 GB.",
		accepted: `a size such as "10 GB", a number of bytes, or "auto"`,
		at:       func(c *Config) any { return &c.Vault.Reserve },
		zero:     "auto",
	},
	{
		section: "peers", name: "listen",
		comment:  "Where other devices connect to: HOST:PORT. No host is every address, IPv4 and IPv6;\nport 0 is any free one. If the default port is taken, another one is used.",
		accepted: `HOST, HOST:PORT, :PORT or PORT, the port from 0 to 65535`,
		at:       func(c *Config) any { return &c.Peers.Listen },
		check:    checkListen,
	},
	{
		section: "peers", name: "multicast",
		comment:  "Find and be found in the local network (multicast DNS). With false, devices are\nreached at remembered addresses and those in peers.static.",
		accepted: "true or false",
		at:       func(c *Config) any { return &c.Peers.Multicast },
	},
	{
		section: "peers", name: "static",
		comment:  "Addresses that are tried besides, such as [\"nas.lan:8471\"].",
		accepted: "a list of HOST or HOST:PORT",
		at:       func(c *Config) any { return &c.Peers.Static },
		check:    checkStatic,
	},
	{
		section: "web", name: "addr",
		comment:  "Where the page is served: HOST:PORT. 127.0.0.1 is for this computer alone; no host is\nevery address, for the other devices of your network. \"off\" serves none. If the default\nport is taken, another one is used.",
		accepted: `HOST, HOST:PORT, :PORT or PORT, the port from 0 to 65535, or "off"`,
		at:       func(c *Config) any { return &c.Web.Addr },
		check:    checkWeb,
	},
	{
		section: "web", name: "tls",
		comment:  "How other devices reach the page. \"auto\": HTTPS, certified by this device's own\nauthority. \"off\": in the clear, so that anybody in the network can read along. Or the\npaths of your own certificate and its key: \"/etc/page.crt,/etc/page.key\".",
		accepted: `"auto", "off", or two absolute paths with a comma between`,
		at:       func(c *Config) any { return &c.Web.TLS },
		check:    checkTLS,
	},
	{
		section: "web", name: "names",
		comment:  "Names of this computer that the page answers to besides its own, such as [\"photos.lan\"].",
		accepted: "a list of host names",
		at:       func(c *Config) any { return &c.Web.Names },
		check:    checkHostNames,
	},
}

var mediaKeys = []key{
	{
		section: "media", name: "photos",
		comment:  "What is backed up, by extension (content counts, too: a JPEG with a wrong extension\nis still a photo). Files of other types are left alone and counted as skipped.",
		accepted: extensionList,
		at:       func(c *Config) any { return &c.Media.Photos },
		check:    checkExtensions,
	},
	{
		section: "media", name: "raw", accepted: extensionList,
		at: func(c *Config) any { return &c.Media.Raw }, check: checkExtensions,
	},
	{
		section: "media", name: "videos", accepted: extensionList,
		at: func(c *Config) any { return &c.Media.Videos }, check: checkExtensions,
	},
	{
		section: "media", name: "sidecars", accepted: extensionList,
		at: func(c *Config) any { return &c.Media.Sidecars }, check: checkExtensions,
	},
	{
		section: "scan", name: "settle",
		comment:  "How long a file must stay unchanged before it is read.",
		accepted: `a duration from "100ms" to "10m"`,
		at:       func(c *Config) any { return &c.Scan.Settle },
		check:    between(100*time.Millisecond, 10*time.Minute),
	},
	{
		section: "scan", name: "rescan",
		comment:  "How often folders are looked through in full, besides following their changes.",
		accepted: `a duration from "1m" to "30d"`,
		at:       func(c *Config) any { return &c.Scan.Rescan },
		check:    between(time.Minute, 30*day),
	},
	{
		section: "cache", name: "dir",
		comment:  "Where small pictures are kept for showing. Empty means the system's cache directory.",
		accepted: "the absolute path of a directory",
		at:       func(c *Config) any { return &c.Cache.Dir },
		check:    checkAbsolute,
	},
	{
		section: "cache", name: "limit",
		comment:  "How much they may take. What was not looked at for longest goes first.",
		accepted: `a size such as "2 GB" or "500MB", or a number of bytes`,
		at:       func(c *Config) any { return &c.Cache.Limit },
	},
	{
		section: "previews", name: "background",
		comment:  "Make small pictures ahead, whenever nothing else is to be done. With false, each is\nmade when somebody asks for it.",
		accepted: "true or false",
		at:       func(c *Config) any { return &c.Previews.Background },
	},
	{
		section: "previews", name: "cpu",
		comment:  "How much of one processor core that may take.",
		accepted: `from "1%" to "100%"`,
		at:       func(c *Config) any { return &c.Previews.CPU },
		check:    checkPercent,
	},
}

var upkeepKeys = []key{
	{
		section: "quiet", name: "after",
		comment:  "A device that was not heard of for so long no longer counts as a safe copy.",
		accepted: `a duration from "1h" to "3650d"`,
		at:       func(c *Config) any { return &c.Quiet.After },
		check:    between(time.Hour, 3650*day),
	},
	{
		section: "trash", name: "keep",
		comment:  "How long this device's vault keeps what was put into the trash, before it is deleted\nthere. Files in folders are never deleted.",
		accepted: `a duration from "1d" to "3650d"`,
		at:       func(c *Config) any { return &c.Trash.Keep },
		check:    between(day, 3650*day),
	},
	{
		section: "log", name: "format",
		comment:  "How the node writes its log: \"text\" or \"json\". In NAS mode it is always JSON.",
		accepted: `"text" or "json"`,
		at:       func(c *Config) any { return &c.Log.Format },
		check:    oneOf("text", "json"),
	},
	{
		section: "log", name: "level",
		comment:  "The least serious messages that are written. \"auto\" is info for JSON and warn for\ntext, which people read beside the node's state.",
		accepted: `"auto", "debug", "info", "warn" or "error"`,
		at:       func(c *Config) any { return &c.Log.Level },
		check:    oneOf(LevelAuto, "debug", "info", "warn", "error"),
	},
}

const extensionList = `a list of extensions such as ["jpg", "png"]`

func find(full string) (key, bool) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.full() == full })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

func checkName(v any) error {
	name := *v.(*string)
	if utf8.RuneCountInString(name) > 64 {
		return errors.New("is longer than 64 characters")
	}
	if strings.TrimSpace(name) != name {
		return errors.New("begins or ends with a space")
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return errors.New("has characters that cannot be shown")
	}
	return nil
}

func checkAbsolute(v any) error {
	dir := v.(*string)
	if *dir == "" {
		return nil
	}
	if !filepath.IsAbs(*dir) {
		return errors.New("is not an absolute path")
	}
	*dir = filepath.Clean(*dir)
	return nil
}

func checkPercent(v any) error {
	text := v.(*string)
	n, err := percent(*text)
	if err != nil {
		return err
	}
	*text = strconv.Itoa(n) + "%"
	return nil
}

// percent reads "50%", and "50".
func percent(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%")))
	if err != nil || n < 1 || n > 100 {
		return 0, errors.New("is not a percentage from 1% to 100%")
	}
	return n, nil
}

func checkListen(v any) error {
	addr := v.(*string)
	full, _, err := ParseAddr(*addr, DefaultPort)
	if err != nil {
		return errors.New("is not an address")
	}
	*addr = full
	return nil
}

func checkStatic(v any) error {
	list := *v.(*[]string)
	for i, addr := range list {
		full, _, err := ParseAddr(addr, DefaultPort)
		if err != nil || strings.HasPrefix(full, ":") {
			return fmt.Errorf("has %q, which is not an address", addr)
		}
		list[i] = full
	}
	return nil
}

func checkExtensions(v any) error {
	list := *v.(*[]string)
	for i, ext := range list {
		ext = strings.ToLower(strings.TrimPrefix(ext, "."))
		if ext == "" || strings.ContainsAny(ext, "./\\* ") {
			return fmt.Errorf("has %q, which is not an extension", list[i])
		}
		list[i] = ext
	}
	return nil
}

func oneOf(words ...string) func(any) error {
	return func(v any) error {
		if !slices.Contains(words, *v.(*string)) {
			return errors.New("is not accepted")
		}
		return nil
	}
}

func between(least, most time.Duration) func(any) error {
	return func(v any) error {
		if d := *v.(*time.Duration); d < least || d > most {
			return errors.New("is out of range")
		}
		return nil
	}
}
