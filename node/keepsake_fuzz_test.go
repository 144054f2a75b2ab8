package node

import (
	"bytes"
	"testing"
	"time"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

// archiveMemory is what reading an archive may allocate, in bytes: at most
// keepsakeTotal of files, doubled while they grow, and the headers.
const archiveMemory = 6 * keepsakeTotal

// FuzzKeepsake reads archives that are damaged or made up.
func FuzzKeepsake(f *testing.F) {
	bodies := map[string][]byte{}
	k := Keepsake{Device: "12D3KooWtest", Name: "nas", Created: time.Unix(1_700_000_000, 0).UTC()}
	for _, name := range keepsakeFiles() {
		bodies[name] = []byte("the body of " + name)
		k.Files = append(k.Files, name)
	}
	var archive bytes.Buffer
	if err := writeKeepsake(&archive, k, bodies); err != nil {
		f.Fatal(err)
	}
	f.Add(archive.Bytes())
	f.Add(archive.Bytes()[:1024])
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, archiveMemory, func() {
			a, bodies, err := readKeepsake(bytes.NewReader(b))
			if err != nil {
				return
			}
			for name, body := range bodies {
				if a.Files[name] != media.Sum(body) {
					t.Errorf("%s is not what the archive says", name)
				}
			}
		})
	})
}
