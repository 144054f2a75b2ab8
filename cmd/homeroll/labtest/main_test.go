//go:build lab && linux

package labtest

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// full says whether the tests run at the sizes that the product is held to, or
// smaller.
var full = os.Getenv("HOMEROLL_LAB_FULL") == "1"

// points is how many points of its work a test cuts or disturbs: few, all of them at
// full size, or HOMEROLL_LAB_POINTS.
func points(few, all int) int {
	if n, err := strconv.Atoi(os.Getenv("HOMEROLL_LAB_POINTS")); err == nil && n > 0 {
		return n
	}
	if full {
		return all
	}
	return few
}

// world is what all tests share: built once by TestMain.
var world struct {
	missing string // why the tests cannot run, "" if they can
	bin     string // the homeroll binary
	corpus  string // directory of real media
	scratch string // on a disk, removed at the end
	wan     string // the relay that the lab delays frames with
	labs    string // directory of lab.sh
	faultfs struct {
		once sync.Once
		bin  string
		err  error
	}
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if role := os.Getenv(streamRole); role != "" {
		if err := stream(role); err != nil {
			log.Print(err)
			return 1
		}
		return 0
	}
	root, err := repoRoot()
	if err != nil {
		log.Print(err)
		return 1
	}
	shared := filepath.Join(filepath.Dir(root), "shared")
	world.corpus = filepath.Join(shared, "corpus", "public")
	world.missing = missing(shared)
	if world.missing != "" {
		if os.Getenv("HOMEROLL_LAB_REQUIRED") == "1" {
			log.Print("the lab is required here: ", world.missing)
			return 1
		}
		return m.Run()
	}
	if err := build(root, shared); err != nil {
		log.Print(err)
		return 1
	}
	code := m.Run()
	if code == 0 && os.Getenv("HOMEROLL_LAB_KEEP") == "" {
		if err := os.RemoveAll(world.scratch); err != nil {
			log.Print(err)
			return 1
		}
	} else {
		log.Print("files are left in ", world.scratch)
	}
	return code
}

// repoRoot returns the directory of go.mod above this package.
func repoRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("no go.mod above the working directory")
}

// missing returns what the tests lack on this machine.
func missing(shared string) string {
	if os.Getuid() != 0 {
		return "making network namespaces needs root"
	}
	for _, p := range []string{filepath.Join(shared, "lab", "lab.sh"), world.corpus} {
		if _, err := os.Stat(p); err != nil {
			return err.Error()
		}
	}
	for _, tool := range []string{"ip", "nft", "setpriv", "unshare", "bash", "ss"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err.Error()
		}
	}
	return ""
}

// build makes the scratch directory and the binaries.
func build(root, shared string) error {
	scratch, err := os.MkdirTemp("", "hrlab")
	if err != nil {
		return err
	}
	// Hosts run as an ordinary user, who must be able to reach their directories.
	if err := os.Chmod(scratch, 0o755); err != nil {
		return err
	}
	world.scratch = scratch
	world.bin = filepath.Join(scratch, "homeroll")
	world.wan = filepath.Join(scratch, "labwan")
	world.labs = filepath.Join(shared, "lab")
	for _, b := range []struct{ dir, out, pkg string }{
		{root, world.bin, "./cmd/homeroll"},
		{filepath.Join(world.labs, "wan"), world.wan, "."},
	} {
		if built := os.Getenv("HOMEROLL_LAB_BIN"); built != "" && b.out == world.bin {
			if err := os.Link(built, world.bin); err != nil {
				return err
			}
			continue
		}
		cmd := exec.Command("go", "build", "-o", b.out, b.pkg)
		cmd.Dir = b.dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", b.pkg, err, out)
		}
	}
	return nil
}

// nobody is the user that every host runs as.
var nobody = &syscall.Credential{Uid: 65534, Gid: 65534}
