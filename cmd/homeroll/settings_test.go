package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroll/node/api"
	"homeroll/node/config"
)

// house is a made-up machine with a home directory and, if wanted, Pictures in it.
func house(t *testing.T, withPictures bool) (surroundings, string) {
	t.Helper()
	home := t.TempDir()
	pictures := filepath.Join(home, "Pictures")
	if withPictures {
		if err := os.Mkdir(pictures, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return surroundings{
		hostname:  func() (string, error) { return "anna-laptop.lan", nil },
		home:      func() (string, error) { return home, nil },
		pictures:  func() string { return pictures },
		freeSpace: func(string) (int64, error) { return 221_987_654_321, nil },
		disks:     func() []disk { return []disk{{"/mnt/big disk", 3e12, 4e12}, {"/", 50e9, 100e9}} },
	}, home
}

// given makes flags of which those named were typed.
func given(f runFlags, typed ...string) runFlags {
	f.given = func(flag string) bool {
		for _, name := range typed {
			if name == flag {
				return true
			}
		}
		return false
	}
	return f
}

func TestFirstRunDecides(t *testing.T) {
	around, home := house(t, true)
	s, err := resolve(config.Default(), fs.ErrNotExist, given(runFlags{}), around)
	if err != nil {
		t.Fatal(err)
	}
	if !s.first || s.fixedPort || s.missing != "" {
		t.Errorf("got %+v", s)
	}
	c := s.file
	if c.Device.Name != "anna-laptop" || c.Vault.Dir != filepath.Join(home, "Homeroll") || c.Vault.Budget != 110e9 {
		t.Errorf("got %+v %+v", c.Device, c.Vault)
	}
	if len(c.Folders) != 1 || c.Folders[0].Path != filepath.Join(home, "Pictures") {
		t.Errorf("got folders %+v", c.Folders)
	}
	a := newApp()
	golden(t, "firstrun.golden", []byte(strings.ReplaceAll(strings.Join(a.firstGreeting(s, mediaCount{photos: 1204, videos: 31, bytes: 5.7e9}), "\n")+"\n", filepath.ToSlash(home), "HOME")))
}

func TestFirstRunWithoutPicturesWatchesNothing(t *testing.T) {
	around, home := house(t, false)
	s, err := resolve(config.Default(), fs.ErrNotExist, given(runFlags{}), around)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.file.Folders) != 0 || s.missing != filepath.Join(home, "Pictures") {
		t.Errorf("got %+v, missing %q", s.file.Folders, s.missing)
	}
	if text := newApp().watchingText(s, mediaCount{}); !strings.Contains(text, "homeroll folders add DIR") {
		t.Errorf("says %q", text)
	}
}

// Flags of the first run are saved; those of a later one hold for that run.
func TestLaterFlagsHoldForOneRun(t *testing.T) {
	around, home := house(t, true)
	one, two := filepath.Join(home, "one"), filepath.Join(home, "two")
	for _, dir := range []string{one, two} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	first, err := resolve(config.Default(), fs.ErrNotExist, given(runFlags{name: "x", listen: ":9", vault: filepath.Join(home, "v"), folders: []string{one}}, "name", "listen", "vault"), around)
	if err != nil {
		t.Fatal(err)
	}
	if !first.fixedPort || first.file.Peers.Listen != ":9" || first.file.Device.Name != "x" {
		t.Errorf("first: %+v", first.file)
	}
	later, err := resolve(first.file, nil, given(runFlags{name: "y", folders: []string{two}, listen: "0"}, "name", "listen"), around)
	if err != nil {
		t.Fatal(err)
	}
	if later.first || later.fixedPort || later.running.Device.Name != "y" || later.running.Peers.Listen != ":0" || len(later.running.Folders) != 2 {
		t.Errorf("later: %+v", later.running)
	}
	if string(config.Format(later.file)) != string(config.Format(first.file)) {
		t.Error("the later run changes the file")
	}
	plain, err := resolve(first.file, nil, given(runFlags{}), around)
	if err != nil || string(config.Format(plain.running)) != string(config.Format(first.file)) {
		t.Errorf("a run without flags does not go by the file: %+v, %v", plain.running, err)
	}
	if !plain.fixedPort {
		t.Error("the port that the first run named is no longer fixed")
	}
}

func TestRefusedSettings(t *testing.T) {
	around, home := house(t, true)
	saved := config.Default()
	saved.Vault.Dir = filepath.Join(home, "Homeroll")
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	noEnv := around
	noEnv.environ = []string{"HOMEROLL_VAULT_DIR=" + filepath.Join(home, "other")}
	for _, tc := range []struct {
		name          string
		file          config.Config
		flags         runFlags
		around        surroundings
		message, hint string
	}{
		{"another vault than the saved one", saved, given(runFlags{vault: filepath.Join(home, "other")}, "vault"), around, "this device's vault is", "without --vault"},
		{"another vault in the environment", saved, given(runFlags{}), noEnv, "this device's vault is", ""},
		{"a page at no port", saved, given(runFlags{web: ":84700"}, "web"), around, "--web", "HOST:PORT"},
		{"reduced copies", saved, given(runFlags{keep: "space-saver"}, "keep"), around, "cannot keep reduced copies yet", "originals"},
		{"an unknown role", saved, given(runFlags{keep: "some"}, "keep"), around, `--keep "some" is not accepted`, "nothing"},
		{"a port out of range", saved, given(runFlags{listen: ":70000"}, "listen"), around, "--listen", "HOST:PORT"},
		{"a folder that is not there", saved, given(runFlags{folders: []string{filepath.Join(home, "nowhere")}}), around, "does not exist", "exists"},
		{"a folder that is a file", saved, given(runFlags{folders: []string{file}}), around, "is not a directory", ""},
		{"no name", saved, given(runFlags{}, "name"), around, "--name is empty", "64"},
		{"a vault that is the folder", config.Default(), given(runFlags{vault: filepath.Join(home, "Pictures"), folders: []string{filepath.Join(home, "Pictures")}}, "vault"), around, "cannot be both", "--vault"},
		{"a box without a vault", config.Default(), given(runFlags{nas: true}, "nas"), around, "/mnt/big disk (3.0 TB free of 4.0 TB)", "--vault '" + filepath.FromSlash("/mnt/big disk/homeroll") + "'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := resolve(tc.file, nil, tc.flags, tc.around)
			var f *failure
			if !errors.As(err, &f) || f.code != api.ExitUsage {
				t.Fatalf("got %v, want a usage error", err)
			}
			if !strings.Contains(f.message, tc.message) || !strings.Contains(f.hint, tc.hint) {
				t.Errorf("got %q, hint %q", f.message, f.hint)
			}
		})
	}
}

func TestBoxHasNoLimitAndNeedsNoFolder(t *testing.T) {
	around, home := house(t, true)
	s, err := resolve(config.Default(), fs.ErrNotExist, given(runFlags{nas: true, vault: filepath.Join(home, "v")}, "nas", "vault"), around)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.file; c.Vault.Budget != 0 || len(c.Folders) != 0 || !c.Device.NAS {
		t.Errorf("got %+v", c)
	}
}

func TestHalfOfTheFreeSpaceIsNeverUnlimited(t *testing.T) {
	for free, want := range map[int64]config.Size{221_987_654_321: 110e9, 19e9: 9500e6, 1e9: 500e6, 3_500_000: 1_750_000, 0: 1e6} {
		if got := halfOf(free); got != want {
			t.Errorf("of %d: got %d, want %d", free, got, want)
		}
	}
}

func TestOtherPortIsSaid(t *testing.T) {
	listening := []string{"/ip4/192.168.1.5/tcp/40123/p2p/12D3"}
	for wanted, want := range map[string]string{":8471": "Port 8471 is taken; other devices connect to port 40123.", ":40123": "", ":0": ""} {
		if got := otherPort(wanted, listening); got != want {
			t.Errorf("%s: %q, want %q", wanted, got, want)
		}
	}
}
