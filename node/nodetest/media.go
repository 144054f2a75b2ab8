package nodetest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Photo returns a real JPEG, or a PNG where the name ends so, of a random
// picture that follows from the seed alone.
func Photo(name string, seed uint64, pixels int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, pixels, pixels))
	for y := range pixels {
		for x := range pixels {
			img.Set(x, y, color.RGBA{uint8(r.Uint32()), uint8(x), uint8(y), 255})
		}
	}
	var out bytes.Buffer
	var err error
	if strings.HasSuffix(name, ".png") {
		err = png.Encode(&out, img)
	} else {
		err = jpeg.Encode(&out, img, nil)
	}
	if err != nil {
		panic("nodetest: encode picture: " + err.Error())
	}
	return out.Bytes()
}

// Write writes a file of the device's folder as a camera would: under its name
// at once, with an mtime of its own.
func (d *Device) Write(path string, content []byte, mtime time.Time) string {
	d.t.Helper()
	full := filepath.Join(d.Pictures, filepath.FromSlash(path))
	tmp := filepath.Join(filepath.Dir(d.Pictures), "incoming.tmp")
	for _, err := range []error{
		os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(tmp, content, 0o644),
		os.Chtimes(tmp, mtime, mtime), os.Rename(tmp, full),
	} {
		if err != nil {
			d.t.Fatal(err)
		}
	}
	return full
}

// File is what a backup must keep of one.
type File struct {
	Content string
	MTime   time.Time
}

// Files returns all files below a directory by their path in it, hidden ones aside.
func (d *Device) Files(dir string) map[string]File {
	d.t.Helper()
	files := map[string]File{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), ".") && path != "." {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() {
			return nil
		}
		content, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		files[path] = File{string(content), info.ModTime()}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return files
}
