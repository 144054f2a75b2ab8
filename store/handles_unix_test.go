//go:build unix

package store

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// TestReceivingWithFewFilesOpen receives many small items at once, in a process that may
// have few files open.
func TestReceivingWithFewFilesOpen(t *testing.T) {
	if os.Getenv("HOMEROLL_FEW_FILES") == "" {
		test := exec.Command("/bin/sh", "-c", `ulimit -n 256 && exec "$0" "$@"`, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		test.Env = append(os.Environ(), "HOMEROLL_FEW_FILES=1")
		if out, err := test.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	n := newNode(t)
	n.run()
	if most := cap(n.commits.syncs); most != 64 {
		t.Errorf("%d files of 256 may be open while they are made durable", most)
	}
	var all sync.WaitGroup
	for i := range 600 {
		content := fmt.Append(nil, "picture ", i)
		it := itemOf(t, content)
		in, err := n.Incoming(t.Context(), it)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer in.Close()
			if err := in.Write(0, content); err != nil {
				t.Error(err)
			} else if err := in.Commit(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if held, err := n.cat.VaultCount(t.Context()); err != nil || held.Files != 600 {
		t.Errorf("%d files are in the vault: %v", held.Files, err)
	}
}
