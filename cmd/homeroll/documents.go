package main

import (
	"time"

	"homeroll/node/api"
)

// The documents that commands print under --json besides those of node/api; docs/json.md describes
// them, testdata/json has an example of each.

// doneDocument is for commands that print no data.
type doneDocument struct {
	Schema  int    `json:"schema"`
	Type    string `json:"type"` // "done"
	Message string `json:"message"`
}

type versionDocument struct {
	Schema  int    `json:"schema"`
	Version string `json:"version"`
	Go      string `json:"go"`
	System  string `json:"system"` // "linux/arm64"
}

type devicesDocument struct {
	Schema  int            `json:"schema"`
	Devices []listedDevice `json:"devices"`
}

// listedDevice is a device of the home; this one comes first, and what it holds is not told here but by status.
type listedDevice struct {
	Self bool `json:"self"`
	api.Peer
	Held    *int64 `json:"held"`    // in place of the peer's
	Missing *int64 `json:"missing"` // likewise
}

type foldersDocument struct {
	Schema  int          `json:"schema"`
	Folders []api.Folder `json:"folders"`
}

type vaultDocument struct {
	Schema int       `json:"schema"`
	Vault  api.Vault `json:"vault"`
}

type problemsDocument struct {
	Schema       int           `json:"schema"`
	ProblemCount int           `json:"problemCount"` // notes aside
	NoteCount    int           `json:"noteCount"`
	Problems     []api.Problem `json:"problems"`
	Skipped      []api.Skipped `json:"skipped"`
}

type serviceDocument struct {
	Schema    int    `json:"schema"`
	Installed bool   `json:"installed"`
	Running   bool   `json:"running"`
	Path      string `json:"path"`
	Detail    string `json:"detail"`
}

// configDocument is of config show; copies.wanted is null where no node runs.
type configDocument struct {
	Schema     int              `json:"schema"`
	Path       string           `json:"path"`
	Settings   map[string]any   `json:"settings"`
	Folders    []folderDocument `json:"folders"`
	Overridden []string         `json:"overridden"` // by the environment
}

type folderDocument struct {
	Path   string   `json:"path"`
	Ignore []string `json:"ignore"`
}

type settingDocument struct {
	Schema int    `json:"schema"`
	Key    string `json:"key"`
	Value  any    `json:"value"`
}

// demoDocument is of demo; verified counts files, each compared with its original by hash, name and time.
type demoDocument struct {
	Schema   int           `json:"schema"`
	Verified int           `json:"verified"`
	Seconds  float64       `json:"seconds"`
	Path     string        `json:"path"`
	Devices  []*api.Status `json:"devices"`
}

// stateDocument says whose state a file holds.
type stateDocument struct {
	Schema  int       `json:"schema"`
	File    string    `json:"file"`
	Device  string    `json:"device"`
	Name    string    `json:"name"`
	Members int       `json:"members"`
	Created time.Time `json:"created"`
	Files   []string  `json:"files"`
}
