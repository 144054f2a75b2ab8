package api

import "time"

// The requests of the control socket. docs/json.md lists the paths.

// PauseRequest pauses media; Seconds 0 = until resumed.
type PauseRequest struct {
	Seconds float64 `json:"seconds"`
}

// DeviceRequest is about a device, by friendly name or ID.
type DeviceRequest struct {
	Device string `json:"device"`
	Name   string `json:"name,omitempty"`
	Addr   string `json:"addr,omitempty"`
}

// FolderRequest is about a watched folder.
type FolderRequest struct {
	Path   string   `json:"path"`
	Ignore []string `json:"ignore,omitempty"`
}

// ConfirmRequest accepts that so many files of a halted folder are gone, at most.
type ConfirmRequest struct {
	Path  string `json:"path"`
	Files int64  `json:"files"`
}

// ConfirmDoc answers it.
type ConfirmDoc struct {
	Schema    int   `json:"schema"`
	Withdrawn int64 `json:"withdrawn"` // names
}

// PathsRequest is about files; none = all.
type PathsRequest struct {
	Paths       []string `json:"paths,omitempty"`
	PathsBase64 [][]byte `json:"pathsBase64,omitempty"` // more of them, whose bytes are no UTF-8
}

// SettingDoc is a value that the whole home shares.
type SettingDoc struct {
	Schema int    `json:"schema"`
	Key    string `json:"key"`
	Value  string `json:"value"`
}

// AnswerRequest answers a "confirm" event.
type AnswerRequest struct {
	Session string `json:"session"`
	Yes     bool   `json:"yes"`
}

// ProblemsDoc is the document of "homeroll problems".
type ProblemsDoc struct {
	Schema   int       `json:"schema"`
	Problems []Problem `json:"problems"`
	Skipped  []Skipped `json:"skipped"`
}

// OpenInfo is the document of "homeroll open --print".
type OpenInfo struct {
	Schema      int       `json:"schema"`
	URL         string    `json:"url"` // signs in once
	Expires     time.Time `json:"expires"`
	Pages       []string  `json:"pages"`                 // the page's addresses
	Setup       string    `json:"setup,omitempty"`       // where the first password is set, until one is
	SetupToken  string    `json:"setupToken,omitempty"`  // what that wants
	Fingerprint string    `json:"fingerprint,omitempty"` // SHA-256 of the certificate of the home's own authority
}

// Done answers what has nothing else to say.
type Done struct {
	Schema int `json:"schema"`
}
