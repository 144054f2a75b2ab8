package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room is a directory and what it may import of ours besides its own internals.
// Directories below belong to it unless they are rooms themselves.
type room struct {
	dir string
	may []string
	why string
}

var rooms = []room{
	{"cmd/homeroll", []string{"node", "node/api", "node/config"}, "the command line parses, calls and prints: what it could do beyond that, no other client of a node could"},
	{"node", []string{"node/api", "node/config", "node/policy", "discovery", "syncproto", "store", "store/media"}, "the node assembles everything, so nothing below may need it"},
	{"node/api", nil, "clients of a node must not carry the node"},
	{"node/config", nil, "settings are values; whoever uses them translates them"},
	{"node/policy", []string{"store/media"}, "decisions are pure, so that a simulator can drive them"},
	{"node/internal", []string{"node/api", "store/media"}, "what serves people knows documents, not the parts behind them"},
	{"node/nodetest", []string{"node", "node/api", "node/config", "store/media"}, "a home for tests is made of real nodes"},
	{"discovery", []string{"store/media"}, "finding and proving devices knows nothing of media or where they are stored"},
	{"syncproto", []string{"store/media"}, "the protocol declares what it needs of a library and of a host, and gets no more"},
	{"store", []string{"store/media"}, "storing works without a network"},
	{"store/media", nil, "the nouns are a leaf, or they could not be shared"},
}

// homes says where a dependency is at home, so that it can be replaced in one place.
var homes = []struct {
	module string
	dirs   []string
	why    string
}{
	{"github.com/libp2p", []string{"discovery"}, "the others see connections and streams, not libp2p"},
	{"github.com/multiformats", []string{"discovery"}, "addresses are text everywhere else"},
	{"github.com/grandcat/zeroconf", []string{"discovery"}, "its faults are worked around in one place"},
	{"modernc.org/sqlite", []string{"store/internal/catalogue"}, "no SQL outside the catalogue"},
	{"github.com/zeebo/blake3", []string{"store/media"}, "content is hashed in one way"},
	{"lukechampine.com/blake3", []string{"store/media"}, "content is verified in one way"},
	{"github.com/gen2brain/jpegn", []string{"store/internal/preview/decode"}, "pictures of strangers are decoded in one place, under one budget"},
	{"golang.org/x/image", []string{"store/internal/preview/decode"}, "pictures of strangers are decoded in one place, under one budget"},
	{"github.com/tetratelabs/wazero", []string{"store/internal/preview/sandbox"}, "what runs foreign code bounds it"},
	{"github.com/klauspost/compress", []string{"syncproto"}, "what is stored is plain; only the wire compresses"},
	{"github.com/pelletier/go-toml", []string{"node/config"}, "there is one configuration"},
	{"github.com/spf13", []string{"cmd/homeroll"}, "libraries do not know how they are called"},
	{"github.com/vbauerster/mpb", []string{"cmd/homeroll"}, "libraries do not print"},
	{"github.com/fsnotify/fsnotify", []string{"store"}, "only the store watches folders"},
	{"filippo.io/edwards25519", []string{"discovery/internal/cpace"}, "curve arithmetic stays under the tests with the draft's vectors"},
}

const module = "homeroll/"

// forTests is imported by tests alone: it carries the testing package.
const forTests = "store/internal/need"

func TestLayers(t *testing.T) {
	root := filepath.Join("..", "..")
	packages := 0
	for dir, imports := range importsBelow(t, root) {
		packages++
		for _, problem := range violations(dir, imports) {
			t.Error(problem)
		}
	}
	if packages < len(rooms) {
		t.Errorf("only %d packages were found", packages)
	}
}

// The test itself finds what it is there to find.
func TestLayersFindsViolations(t *testing.T) {
	for _, tc := range []struct {
		dir, imported string
		bad           bool
	}{
		{"cmd/homeroll", "homeroll/node", false},
		{"cmd/homeroll", "homeroll/store", true},
		{"cmd/homeroll", "homeroll/store/media", true},
		{"node", "homeroll/node/internal/control", false},
		{"node/internal/control", "homeroll/store", true},
		{"discovery/internal/roster", "homeroll/store/media", false},
		{"discovery/internal/roster", "homeroll/discovery/internal/wire", false},
		{"syncproto", "homeroll/store", true},
		{"store", "homeroll/syncproto", true},
		{"store/media", "homeroll/store", true},
		{"util", "homeroll/store", true},
		{"node", "github.com/libp2p/go-libp2p/core/peer", true},
		{"node", "github.com/libp2ptoo/x", false},
		{"discovery/internal/wire", "github.com/libp2p/go-libp2p/core/peer", false},
		{"store", "modernc.org/sqlite", true},
		{"store", "database/sql", false},
		{"store", "homeroll/store/internal/vault", false},
		{"store", "homeroll/store/internal/need", true},
	} {
		if got := violations(tc.dir, []string{tc.imported}); len(got) > 0 != tc.bad {
			t.Errorf("%s importing %s: %q", tc.dir, tc.imported, got)
		}
	}
}

// importsBelow returns the imports of each package's files, for every system, tests aside.
func importsBelow(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(rel)
		found[dir] = append(found[dir], nil...)
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[dir] = append(found[dir], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// violations says what is wrong with a package's imports, and why it is.
func violations(dir string, imports []string) []string {
	r, ok := roomOf(dir)
	if !ok {
		return []string{dir + " is in no room: the top level is cmd, node, discovery, syncproto and store"}
	}
	var problems []string
	for _, imported := range imports {
		if ours, ok := strings.CutPrefix(imported, module); ok {
			if ours == forTests {
				problems = append(problems, fmt.Sprintf("%s imports %s, which is for tests", dir, ours))
			}
			if !slices.Contains(r.may, ours) && !below(ours, ownInternals(r)) && !below(ours, dir) {
				problems = append(problems, fmt.Sprintf("%s imports %s: %s", dir, ours, r.why))
			}
			continue
		}
		for _, home := range homes {
			if below(imported, home.module) && !slices.ContainsFunc(home.dirs, func(h string) bool { return below(dir, h) }) {
				problems = append(problems, fmt.Sprintf("%s imports %s, at home in %v: %s", dir, imported, home.dirs, home.why))
			}
		}
	}
	return problems
}

// ownInternals is where a room keeps what is only its own.
func ownInternals(r room) string {
	if path.Base(r.dir) == "internal" {
		return r.dir
	}
	return r.dir + "/internal"
}

// roomOf returns the innermost room that a directory is in.
func roomOf(dir string) (room, bool) {
	var found room
	for _, r := range rooms {
		if below(dir, r.dir) && len(r.dir) > len(found.dir) {
			found = r
		}
	}
	return found, found.dir != ""
}

// below reports whether a path is another one or lies in it.
func below(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, dir+"/")
}
