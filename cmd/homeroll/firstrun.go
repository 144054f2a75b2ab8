package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"homeroll/node/config"
)

// decideFirst makes the choices of the first run that neither the file nor the flags made, and
// makes all of them the file's.
func (s *settings) decideFirst(flags runFlags, around surroundings, budgetSet bool) error {
	c := &s.running
	if c.Device.Name == "" {
		c.Device.Name = hostName(around)
	}
	if c.Vault.Dir == "" && c.Device.NAS {
		return nasWantsVault(around.disks())
	}
	if c.Vault.Dir == "" {
		home, err := around.home()
		if err != nil {
			return usage("say where with --vault DIR", "there is no home directory for the vault: %v", err)
		}
		c.Vault.Dir = filepath.Join(home, "Homeroll")
	}
	if err := vaultNotInFolders(c.Vault.Dir, c.Folders); err != nil {
		return err
	}
	if !c.Device.NAS && c.Vault.Budget == 0 && !budgetSet {
		free, err := around.freeSpace(nearestDir(c.Vault.Dir))
		if err != nil {
			return fmt.Errorf("find the free space of %s: %w", c.Vault.Dir, err)
		}
		if free >= 0 {
			c.Vault.Budget = halfOf(free)
		}
	}
	if len(c.Folders) == 0 && !c.Device.NAS {
		s.watchPictures(around.pictures())
	}
	s.file = c.Clone()
	return nil
}

// watchPictures watches the user's Pictures directory, if there is one.
func (s *settings) watchPictures(dir string) {
	if dir == "" {
		s.missing = "Pictures"
		return
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		s.missing = dir
		return
	}
	s.running.PutFolder(config.Folder{Path: dir})
}

// hostName is the computer's name as a person would say it: without its domain.
func hostName(around surroundings) string {
	name, err := around.hostname()
	if err != nil {
		return "homeroll"
	}
	name, _, _ = strings.Cut(name, ".")
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name))
	if name == "" || utf8.RuneCountInString(name) > 64 {
		return "homeroll"
	}
	return name
}

// vaultNotInFolders refuses the obvious mistake of a vault that is a watched folder; what lies
// within what is judged by the store, which follows links and mounts.
func vaultNotInFolders(vault string, folders []config.Folder) error {
	for _, f := range folders {
		if resolved(f.Path) == resolved(vault) {
			return usage("choose another directory for the vault with --vault DIR", "%s cannot be both a watched folder and the vault", vault)
		}
	}
	return nil
}

// halfOf returns the budget for a disk with so much free: half, in round numbers, and never
// nothing, which would mean no limit.
func halfOf(free int64) config.Size {
	half := free / 2
	for _, unit := range []int64{1e9, 1e6} {
		if half >= 10*unit {
			return config.Size(half / unit * unit)
		}
	}
	return config.Size(max(half, 1e6))
}

// nearestDir returns the path, or the nearest directory above it that exists.
func nearestDir(path string) string {
	for {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return path
		}
		parent := filepath.Dir(path)
		if parent == path {
			return path
		}
		path = parent
	}
}

// nasWantsVault says where a vault could be.
func nasWantsVault(disks []disk) error {
	var b strings.Builder
	b.WriteString("the first run with --nas needs --vault DIR, the directory that keeps everyone's media")
	for i, d := range disks {
		if i == 0 {
			b.WriteString(". Disks here:")
		}
		fmt.Fprintf(&b, "\n  %s (%s free of %s)", d.mount, bytesText(d.free), bytesText(d.size))
	}
	example := "/srv"
	if len(disks) > 0 {
		example = disks[0].mount
	}
	return usage("for example: homeroll run --nas --vault "+shellQuote(filepath.Join(example, "homeroll")), "%s", b.String())
}

// machine is the real surroundings.
func machine() surroundings {
	return surroundings{
		environ:   os.Environ(),
		hostname:  os.Hostname,
		home:      homeDir,
		pictures:  picturesDir,
		freeSpace: freeSpace,
		disks:     listDisks,
	}
}

func homeDir() (string, error) {
	dir, err := os.UserHomeDir()
	if err != nil || dir == "" {
		return "", errors.New("$HOME is not set")
	}
	return dir, nil
}
