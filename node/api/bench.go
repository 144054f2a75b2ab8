package api

import (
	"context"
	"encoding/json"
	"net/http"
)

// The types of events of a measurement.
const (
	EventMeasuring = "measuring" // What begins
	EventBench     = "bench"     // the last one
)

// BenchEvent is what happens while speeds are measured.
type BenchEvent struct {
	Schema int        `json:"schema"`
	Type   string     `json:"type"`
	What   string     `json:"what,omitempty"` // a few words for people
	Result *BenchInfo `json:"result,omitempty"`
}

// BenchInfo is the document of "homeroll bench". Speeds are in bytes a second.
type BenchInfo struct {
	Schema  int         `json:"schema"`
	Type    string      `json:"type"` // "bench"
	Running bool        `json:"running"`
	Hash    BenchHash   `json:"hash"`
	Disk    *BenchDisk  `json:"disk"` // null: there is no vault yet
	Links   []BenchLink `json:"links"`
	Verdict []string    `json:"verdict"` // sentences: what is likely to be the bottleneck
}

// BenchHash is how fast this machine hashes.
type BenchHash struct {
	Cores    int   `json:"cores"`
	OneCore  int64 `json:"oneCore"`
	AllCores int64 `json:"allCores"`
}

// BenchDisk is how fast the disk of the vault is; null where it was not measured.
type BenchDisk struct {
	Path           string `json:"path"`
	Write          *int64 `json:"write"`
	Read           *int64 `json:"read"`
	FilesPerSecond *int64 `json:"filesPerSecond"`
	Problem        string `json:"problem,omitempty"`
}

// BenchLink is how fast the link to a device is; null where it was not
// measured.
type BenchLink struct {
	Device    string   `json:"device"`
	ID        string   `json:"id"`
	Online    bool     `json:"online"`
	RoundTrip *float64 `json:"roundTripSeconds"`
	Down      *int64   `json:"down"`
	Up        *int64   `json:"up"`
	Limited   bool     `json:"limited"` // a limit of this device holds for it
	Problem   string   `json:"problem,omitempty"`
}

// Bench measures how fast this device and its links are. It calls f with what
// begins.
func (c *Client) Bench(ctx context.Context, f func(BenchEvent)) (*BenchInfo, error) {
	var end *BenchInfo
	err := c.t.stream(ctx, http.MethodPost, "/v1/bench", nil, func(line json.RawMessage) (bool, error) {
		var e BenchEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return false, err
		}
		if end = e.Result; end == nil {
			f(e)
		}
		return end == nil, nil
	})
	return end, err
}
