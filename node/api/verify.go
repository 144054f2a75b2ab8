package api

import (
	"context"
	"encoding/json"
	"net/http"
)

// VerifyRequest asks for all that the device holds to be read again.
type VerifyRequest struct {
	Repair  bool `json:"repair,omitempty"`  // wait until what is damaged has been fetched again
	Full    bool `json:"full,omitempty"`    // build the catalogue anew from what is read
	Rebuilt bool `json:"rebuilt,omitempty"` // wait for the rebuild that a former request began
}

// The types of VerifyEvent.
const (
	EventReading    = "progress"   // Files, Bytes of TotalFiles, TotalBytes have been read
	EventDamage     = "damage"     // Damage was found
	EventRepairing  = "repairing"  // Left files are still to be fetched again
	EventRebuilding = "rebuilding" // the node starts again with a new catalogue: ask with Rebuilt
	EventVerified   = "verified"   // the end: Result
)

// VerifyEvent is a line of a running verification.
type VerifyEvent struct {
	Schema     int         `json:"schema"`
	Type       string      `json:"type"`
	Files      int64       `json:"files,omitempty"`
	Bytes      int64       `json:"bytes,omitempty"`
	TotalFiles int64       `json:"totalFiles,omitempty"`
	TotalBytes int64       `json:"totalBytes,omitempty"`
	Left       int         `json:"left,omitempty"`
	Damage     *Damage     `json:"damage,omitempty"`
	Result     *VerifyInfo `json:"result,omitempty"`
}

// Damage is a file whose bytes are not those that were recorded, although nobody
// changed it.
type Damage struct {
	Path       string   `json:"path"`
	PathBase64 []byte   `json:"pathBase64,omitempty"` // its bytes, where they are no UTF-8
	Hash       string   `json:"hash"`
	Reason     string   `json:"reason"`   // "damaged", "read-error", "lost" or "changed"
	Holders    []string `json:"holders"`  // other devices that hold it
	Repaired   bool     `json:"repaired"` // this device holds it whole again
	Copies     []string `json:"copies"`   // where here, as far as it does
	Own        bool     `json:"own"`      // in a watched folder, where nothing is ever written
}

// VerifyInfo is the document of "homeroll verify".
type VerifyInfo struct {
	Schema     int      `json:"schema"`
	Type       string   `json:"type"` // "verified"
	Full       bool     `json:"full"`
	Files      int64    `json:"files"`
	Bytes      int64    `json:"bytes"`
	Damaged    int      `json:"damaged"`
	Repaired   int      `json:"repaired"`
	Unrepaired int      `json:"unrepaired"`
	Damage     []Damage `json:"damage"` // the first 1000
}

// Verify reads all that the device holds again, and calls f with what happens. It
// returns the end, or nil after an event of type EventRebuilding.
func (c *Client) Verify(ctx context.Context, r VerifyRequest, f func(VerifyEvent)) (*VerifyInfo, error) {
	var end *VerifyInfo
	err := c.t.stream(ctx, http.MethodPost, "/v1/verify", r, func(line json.RawMessage) (bool, error) {
		var e VerifyEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return false, err
		}
		f(e)
		end = e.Result
		return e.Type != EventVerified && e.Type != EventRebuilding, nil
	})
	return end, err
}
