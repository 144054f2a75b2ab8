package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"homeroll/node/config"
)

// runFlags are the flags and arguments of "homeroll run".
type runFlags struct {
	name, vault, web, listen, keep string
	nas                            bool
	folders                        []string
	given                          func(flag string) bool
}

// surroundings are what the first run finds out of the machine; tests have their own.
type surroundings struct {
	environ   []string
	hostname  func() (string, error)
	home      func() (string, error)
	pictures  func() string // the user's Pictures directory, whether it exists or not
	freeSpace func(path string) (int64, error)
	disks     func() []disk
}

// settings are what one run goes by.
type settings struct {
	running   config.Config // the file, the environment and the flags, in this order
	file      config.Config // what the file says, or will say
	first     bool
	fixedPort bool   // the user named the port
	fixedWeb  bool   // the same of the page's
	missing   string // the Pictures directory that is not there; "" = it is, or folders were named
}

// resolve finds the settings of a run from the file's (as config.Load gave them) and the flags.
func resolve(file config.Config, loadErr error, flags runFlags, around surroundings) (settings, error) {
	if loadErr != nil && !errors.Is(loadErr, fs.ErrNotExist) {
		return settings{}, loadErr
	}
	s := settings{file: file, running: file.Clone(), first: file.Vault.Dir == ""}
	overridden, err := s.running.Override(around.environ)
	if err != nil {
		return s, err
	}
	_, port, _ := config.ParseAddr(file.Peers.Listen, config.DefaultPort)
	s.fixedPort = port && !strings.HasSuffix(file.Peers.Listen, ":"+config.DefaultPort) || slices.Contains(overridden, "peers.listen")
	s.fixedWeb = file.Web.Addr != config.DefaultWeb && file.Web.Addr != config.NASWeb || slices.Contains(overridden, "web.addr")
	if err := s.applyFlags(flags); err != nil {
		return s, err
	}
	if s.first && s.running.Device.NAS && !flags.given("web") && !slices.Contains(overridden, "web.addr") && file.Web.Addr == config.DefaultWeb {
		s.running.Web.Addr = config.NASWeb
	}
	if strings.HasSuffix(s.running.Peers.Listen, ":0") {
		s.fixedPort = false
	}
	if s.first {
		return s, s.decideFirst(flags, around, slices.Contains(overridden, "vault.budget"))
	}
	if err := s.sameVault(); err != nil {
		return s, err
	}
	return s, nil
}

// applyFlags puts the flags and folder arguments over what the file and the environment say.
func (s *settings) applyFlags(flags runFlags) error {
	c := &s.running
	if flags.given("keep") && flags.keep == "space-saver" {
		return usage("--keep originals (all, within the vault's budget) or --keep nothing", "this version cannot keep reduced copies yet, so --keep space-saver is not possible")
	}
	if flags.given("listen") {
		_, named, err := config.ParseAddr(flags.listen, config.DefaultPort)
		if err != nil {
			return usage("--listen HOST, HOST:PORT, :PORT or PORT; port 0 is any free one", "--listen: %v", err)
		}
		s.fixedPort = named
	}
	if flags.given("web") && flags.web != config.Off {
		_, named, err := config.ParseAddr(flags.web, config.DefaultWebPort)
		if err != nil {
			return usage("--web HOST, HOST:PORT, :PORT, PORT or off", "--web: %v", err)
		}
		s.fixedWeb = named
	}
	for flag, set := range map[string]struct{ key, value string }{
		"name":   {"device.name", flags.name},
		"web":    {"web.addr", flags.web},
		"listen": {"peers.listen", flags.listen},
		"keep":   {"device.keep", flags.keep},
	} {
		if !flags.given(flag) {
			continue
		}
		if err := c.Set(set.key, set.value); err != nil {
			return flagError(flag, err)
		}
	}
	if flags.given("name") && flags.name == "" {
		return usage("--name wants 1 to 64 characters", "--name is empty")
	}
	if flags.given("nas") {
		c.Device.NAS = flags.nas
	}
	if flags.given("vault") {
		dir, err := absolute(flags.vault)
		if err != nil {
			return usage("--vault wants a directory", "--vault: %v", err)
		}
		c.Vault.Dir = dir
	}
	return s.addFolders(flags.folders)
}

// flagError makes an error about a key one about the flag that people typed.
func flagError(flag string, err error) error {
	var e *config.Error
	if !errors.As(err, &e) {
		return err
	}
	return usage(e.Hint(), "--%s %s %s", flag, e.Value, e.Problem)
}

func (s *settings) addFolders(dirs []string) error {
	for _, dir := range dirs {
		path, err := existingDir(dir)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(s.running.Folders, func(f config.Folder) bool { return f.Path == path }) {
			s.running.PutFolder(config.Folder{Path: path})
		}
	}
	return nil
}

// existingDir returns the absolute path of a directory that is there.
func existingDir(dir string) (string, error) {
	path, err := absolute(dir)
	if err != nil {
		return "", usage("name a directory", "%v", err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", usage("name a directory that exists", "%s does not exist", path)
	case err != nil:
		return "", usage("name a directory that you may read", "%s cannot be looked at: %v", path, errors.Unwrap(err))
	case !info.IsDir():
		return "", usage("name the directory that it is in", "%s is not a directory", path)
	}
	return path, nil
}

func absolute(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("the directory is empty")
	}
	return filepath.Abs(dir)
}

// sameVault refuses another vault than the saved one: what the saved one holds would silently
// count no longer.
func (s *settings) sameVault() error {
	saved, asked := s.file.Vault.Dir, s.running.Vault.Dir
	if saved == asked || resolved(saved) == resolved(asked) {
		s.running.Vault.Dir = saved
		return nil
	}
	return usage("run without --vault to go on with the saved one", "this device's vault is %s, not %s", saved, asked)
}

// resolved follows symlinks where it can.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}
