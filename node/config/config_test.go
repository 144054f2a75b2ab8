package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// What is written is read back equal, whatever the values.
func TestFormatThenParseIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawConfig(t)
		got, err := Parse(Format(want))
		if err != nil {
			t.Fatalf("%v\n%s", err, Format(want))
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
	})
}

func drawConfig(t *rapid.T) Config {
	c := Default()
	text := rapid.StringOfN(rapid.Rune().Filter(func(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsControl(r) && r != unicode.ReplacementChar }), 0, 20, 60)
	path := rapid.Map(rapid.String(), func(s string) string {
		return filepath.Join(string(filepath.Separator)+"d", strings.ToValidUTF8(s, ""))
	})
	c.Device.Name = text.Draw(t, "name")
	c.Device.Keep = rapid.SampledFrom([]string{KeepOriginals, KeepNothing}).Draw(t, "keep")
	c.Device.NAS = rapid.Bool().Draw(t, "nas")
	c.Vault.Dir = absolute(t, path.Draw(t, "vault"))
	c.Vault.Budget = Size(rapid.Int64Min(0).Draw(t, "budget"))
	c.Vault.Reserve = Size(rapid.Int64Range(0, 1000).Draw(t, "reserve") * 1e9)
	c.Scan.Settle = time.Duration(rapid.Int64Range(int64(100*time.Millisecond), int64(10*time.Minute)).Draw(t, "settle"))
	c.Quiet.After = time.Duration(rapid.Int64Range(1, 87600).Draw(t, "quiet")) * time.Hour
	c.Trash.Keep = time.Duration(rapid.Int64Range(24, 87600).Draw(t, "trash")) * time.Hour
	for range rapid.IntRange(0, 3).Draw(t, "folders") {
		f := Folder{Path: absolute(t, path.Draw(t, "folder"))}
		for range rapid.IntRange(0, 2).Draw(t, "patterns") {
			f.Ignore = append(f.Ignore, "*."+rapid.StringMatching(`[a-z"\t ]+`).Draw(t, "pattern"))
		}
		c.Folders = append(c.Folders, f)
	}
	return c
}

func absolute(t *rapid.T, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Skip(err)
	}
	return abs
}

// A person who wrote something wrong is told the key, the value, the line and what is accepted.
func TestBadFilesNameKeyValueLineAndAccepted(t *testing.T) {
	for _, tc := range []struct{ name, file, message, hint string }{
		{"an unknown key", "[device]\nname = \"a\"\ncolour = \"red\"\n", "c.toml:3: device.colour is unknown", "device.name"},
		{"an unknown section", "\n[devise]\nname = \"a\"\n", "c.toml:2: devise is unknown", "device, vault"},
		{"a bad size", "[vault]\n\nbudget = \"lots\"\n", `c.toml:3: vault.budget = "lots" is not a size`, `"110 GB"`},
		{"a budget of nothing", "[vault]\nbudget = 0\n", `c.toml:2: vault.budget = 0 is not a size above zero`, `"none"`},
		{"a duration without a unit", "[scan]\nsettle = 5\n", "c.toml:2: scan.settle = 5 is not a duration", `"100ms"`},
		{"a duration that is too long", "[scan]\nsettle = \"1h\"\n", `c.toml:2: scan.settle = "1h" is out of range`, `"10m"`},
		{"a text for a truth", "[device]\nnas = \"yes\"\n", `c.toml:2: device.nas = "yes" is neither true nor false`, "true or false"},
		{"a role that does not exist", "[device]\nkeep = \"space-saver\"\n", `c.toml:2: device.keep = "space-saver" is not accepted`, `"originals" or "nothing"`},
		{"a relative vault", "[vault]\ndir = \"here\"\n", `c.toml:2: vault.dir = "here" is not an absolute path`, "absolute"},
		{"a port that is none", "[peers]\nlisten = \":99999\"\n", `c.toml:2: peers.listen = ":99999" is not an address`, "65535"},
		{"a second folder without path", "[[folder]]\npath = \"/a\"\n[[folder]]\nignore = []\n", "c.toml:3: folder.path is missing", "[[folder]]"},
		{"an unknown key of a folder", "[[folder]]\npath = \"/a\"\n[[folder]]\npath = \"/b\"\nlabel = \"b\"\n", `c.toml:5: folder.label = "b" is unknown`, "[[folder]]"},
		{"a value of the whole home", "[copies]\nwanted = 3\n", "c.toml:2: copies.wanted is one value for the whole home", "homeroll config set copies.wanted"},
		{"no TOML", "[device]\nname = \n", "c.toml:2: is not TOML", ""},
		{"a key twice", "[device]\nname = \"a\"\nname = \"b\"\n", "c.toml:3: is not TOML", ""},
		{"an inline table", "vault = { dir = \"/v\",\n budget = \"x\" }\n", `c.toml:2: vault.budget = "x" is not a size`, ""},
		{"the first of two", "[log]\nlevel = \"loud\"\n[device]\nkeep = \"all\"\n", `c.toml:2: log.level = "loud"`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.toml")
			if err := os.WriteFile(path, []byte(tc.file), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if got := strings.TrimPrefix(e.Error(), filepath.Dir(path)+string(filepath.Separator)); !strings.HasPrefix(got, tc.message) {
				t.Errorf("message %q, want %q", got, tc.message)
			}
			if !strings.Contains(e.Hint(), tc.hint) {
				t.Errorf("hint %q lacks %q", e.Hint(), tc.hint)
			}
		})
	}
}

func TestEnvironmentOverridesTheFile(t *testing.T) {
	c, err := Parse([]byte("[vault]\nbudget = \"1 GB\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := c.Override([]string{"HOMEROLL_STATE=/s", "HOMEROLL_VAULT_BUDGET=2GiB", "HOMEROLL_PEERS_MULTICAST=false", "HOMEROLL_PEERS_STATIC=nas, 10.0.0.7:99", "PATH=/bin"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Vault.Budget != 2<<30 || c.Peers.Multicast || strings.Join(c.Peers.Static, " ") != "nas:8471 10.0.0.7:99" || len(keys) != 3 {
		t.Errorf("got %+v %+v %v", c.Vault, c.Peers, keys)
	}
	for env, want := range map[string]string{
		"HOMEROLL_VAULT_BUGDET=1":  "HOMEROLL_VAULT_BUGDET: vault.bugdet is unknown",
		"HOMEROLL_VAULT_BUDGET=x":  `HOMEROLL_VAULT_BUDGET: vault.budget = "x" is not a size`,
		"HOMEROLL_DEVICE_NAS=1 GB": `HOMEROLL_DEVICE_NAS: device.nas = "1 GB" is neither true nor false`,
		"HOMEROLL_COPIES_WANTED=3": "HOMEROLL_COPIES_WANTED: copies.wanted is one value for the whole home",
	} {
		if _, err := c.Override([]string{env}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", env, err, want)
		}
	}
}

func TestSetChangesNothingOnAnError(t *testing.T) {
	c := Default()
	for _, pair := range [][2]string{{"media.raw", "dng,*"}, {"vault.budget", "-1"}, {"scan.rescan", "0"}, {"nonsense", "1"}} {
		if err := c.Set(pair[0], pair[1]); err == nil {
			t.Errorf("%v was accepted", pair)
		}
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("changed to %+v", c)
	}
	if err := c.Set("media.raw", ".DNG, nef"); err != nil || !reflect.DeepEqual(c.Media.Raw, []string{"dng", "nef"}) {
		t.Errorf("got %v, %v", c.Media.Raw, err)
	}
}

// Settings that held for one run stay out of the file when the node saves another change.
func TestChangesCarriesOnlyTheDifference(t *testing.T) {
	file := Default()
	file.PutFolder(Folder{Path: "/kept"})
	running := file.Clone()
	running.Peers.Listen = ":1"                 // a flag of this run
	running.PutFolder(Folder{Path: "/thisrun"}) // an argument of this run
	changed := running.Clone()
	changed.Device.Name = "new"
	changed.dropFolder("/kept")
	changed.PutFolder(Folder{Path: "/added", Ignore: []string{"*.tmp"}})
	if err := file.Changes(running, changed); err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Device.Name = "new"
	want.PutFolder(Folder{Path: "/added", Ignore: []string{"*.tmp"}})
	if string(Format(file)) != string(Format(want)) {
		t.Errorf("got\n%s", Format(file))
	}
}

func TestSaveIsPrivateAndLeavesNoLitter(t *testing.T) {
	path := File(filepath.Join(t.TempDir(), "new", "state"))
	c := Default()
	for _, name := range []string{"one", "two"} {
		c.Device.Name = name
		if err := Save(path, c); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(path)
	if err != nil || got.Device.Name != "two" {
		t.Fatalf("got %v, %v", got.Device, err)
	}
	if info, err := os.Stat(path); err != nil || (os.PathSeparator == '/' && info.Mode().Perm() != 0o600) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	c.Device.Name = " x"
	if err := Save(path, c); err == nil {
		t.Error("saved what cannot be read back")
	}
}

// Changes that are made at the same time all get into the file.
func TestUpdatesLoseNothing(t *testing.T) {
	path := File(filepath.Join(t.TempDir(), "new", "state"))
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, err := Update(path, func(c *Config) error {
				c.PutFolder(Folder{Path: absolutePath(t, fmt.Sprintf("/folder %d", i))})
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	c, err := Load(path)
	if err != nil || len(c.Folders) != 20 {
		t.Errorf("%d folders, %v", len(c.Folders), err)
	}
	refused := errors.New("no")
	if _, err := Update(path, func(c *Config) error { c.Folders = nil; return refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	if again, err := Load(path); err != nil || len(again.Folders) != 20 {
		t.Errorf("a refused change left %d folders, %v", len(again.Folders), err)
	}
}

func absolutePath(t *testing.T, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func TestSizesAndDurations(t *testing.T) {
	for text, want := range map[string]Size{"110 GB": 110e9, "500MB": 500e6, "1.5 tb": 1.5e12, "2GiB": 2 << 30, "12": 12, "7 B": 7, "3g": 3e9} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "GB", "-1", "NaN", "Inf", "1 XB", "9e30 TB", "1,5 GB"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
	for text, want := range map[string]time.Duration{"1h30m": 90 * time.Minute, "7d": 7 * day, "1d12h": 36 * time.Hour, "1s": time.Second} {
		got, err := ParseDuration(text)
		if err != nil || got != want || formatDuration(got) != text {
			t.Errorf("%q: got %v as %s, %v", text, got, formatDuration(got), err)
		}
	}
	for _, text := range []string{"", "5", "-1s", "d", "1d-1h", "1w"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

func TestAddressesAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]string{
		"nas": "nas:8471", "nas:1": "nas:1", ":9": ":9", "9000": ":9000", "::1": "[::1]:8471", "[::1]": "[::1]:8471", "[::1]:5": "[::1]:5", "10.0.0.1": "10.0.0.1:8471", "fe80::1%eth0": "[fe80::1%eth0]:8471", "[fe80::1%eth0]:99": "[fe80::1%eth0]:99",
	} {
		if got, _, err := ParseAddr(text, DefaultPort); err != nil || got != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a:b", "a:70000", "http://nas", "1:2:x"} {
		if got, _, err := ParseAddr(text, DefaultPort); err == nil {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
}
