package web

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"homeroll/node/api"
)

// maxDirectories is how many directories of one are listed.
const maxDirectories = 2000

// directoriesDoc is the document of GET directories, for the choice of a
// folder.
type directoriesDoc struct {
	Schema  int         `json:"schema"`
	Path    string      `json:"path"`
	Name    string      `json:"name"`
	Parent  *string     `json:"parent"` // null at the top
	More    bool        `json:"more"`   // than are listed
	Entries []directory `json:"entries"`
}

type directory struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// directories lists the directories of one: those that are hidden aside, and
// never a file. Without a path it begins in the home directory.
func (s *Server) directories(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Query().Get("path")
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = filepath.VolumeName(os.TempDir()) + string(filepath.Separator)
		}
		path = home
	}
	doc, err := listDirectories(path)
	s.answer(w, doc, err)
}

func listDirectories(path string) (*directoriesDoc, error) {
	if !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
		return nil, &api.Error{Code: api.ExitUsage, Message: path + " is not the whole path of a directory", Hint: "begin at the top, such as /home"}
	}
	path = filepath.Clean(path)
	doc := &directoriesDoc{Schema: api.Schema, Path: path, Name: filepath.Base(path), Entries: []directory{}}
	if parent := filepath.Dir(path); parent != path {
		doc.Parent = &parent
	}
	dir, err := os.Open(path)
	if err != nil {
		return nil, cannotList(path, err)
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(256)
		for _, entry := range entries {
			if !isShown(path, entry) {
				continue
			}
			if len(doc.Entries) == maxDirectories {
				doc.More = true
				break
			}
			doc.Entries = append(doc.Entries, directory{entry.Name(), filepath.Join(path, entry.Name())})
		}
		if errors.Is(err, io.EOF) || doc.More {
			break
		}
		if err != nil {
			return nil, cannotList(path, err)
		}
	}
	slices.SortFunc(doc.Entries, func(a, b directory) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return doc, nil
}

// isShown: a directory, or a link to one, that is not hidden.
func isShown(in string, entry fs.DirEntry) bool {
	if strings.HasPrefix(entry.Name(), ".") || runtime.GOOS == "windows" && strings.HasPrefix(entry.Name(), "$") {
		return false
	}
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.IsDir()
	}
	info, err := os.Stat(filepath.Join(in, entry.Name()))
	return err == nil && info.IsDir()
}

func cannotList(path string, err error) error {
	told := &api.Error{Code: api.ExitUsage, Message: path + " cannot be read: " + err.Error(), Hint: "choose another one"}
	var reason *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		told.Message, told.Hint = "there is no directory "+path, "check its name, and that its disk is connected"
	case errors.Is(err, fs.ErrPermission):
		told.Message, told.Hint = "homeroll may not read "+path, "let the user who runs homeroll read it, or choose another one"
	case errors.As(err, &reason):
		told.Message = path + " cannot be read: " + reason.Err.Error()
	}
	return told
}

// addFolder begins to watch a folder, as homeroll folders add does.
func (s *Server) addFolder(w http.ResponseWriter, r *http.Request) {
	if in, ok := read[api.FolderRequest](s, w, r); ok {
		s.done(w, s.cfg.Care.AddFolder(r.Context(), in.Path, in.Ignore))
	}
}
