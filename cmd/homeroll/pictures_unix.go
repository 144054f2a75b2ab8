//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// picturesDir returns the user's Pictures directory: on Linux what the desktop says (XDG user
// directories, https://www.freedesktop.org/wiki/Software/xdg-user-dirs/), else ~/Pictures.
func picturesDir() string {
	home, err := homeDir()
	if err != nil {
		return ""
	}
	if runtime.GOOS != "darwin" {
		settings := os.Getenv("XDG_CONFIG_HOME")
		if !filepath.IsAbs(settings) {
			settings = filepath.Join(home, ".config")
		}
		if f, err := os.Open(filepath.Join(settings, "user-dirs.dirs")); err == nil {
			defer f.Close()
			if dir := xdgPictures(io.LimitReader(f, 64<<10), home); dir != "" {
				return dir
			}
		}
	}
	return filepath.Join(home, "Pictures")
}

// xdgPictures reads XDG_PICTURES_DIR from a user-dirs.dirs file: "$HOME/dir" or an absolute path. The
// home directory itself means that the user has no such directory.
func xdgPictures(r io.Reader, home string) string {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		value, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "XDG_PICTURES_DIR=")
		if !ok {
			continue
		}
		value = strings.ReplaceAll(strings.Trim(value, `"`), `\`, "")
		if rest, ok := strings.CutPrefix(value, "$HOME"); ok {
			value = filepath.Join(home, rest)
		}
		if filepath.IsAbs(value) && filepath.Clean(value) != filepath.Clean(home) {
			return filepath.Clean(value)
		}
	}
	return ""
}
