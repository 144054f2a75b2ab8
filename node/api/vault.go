package api

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
)

// VaultRequest is about a directory for the vault.
type VaultRequest struct {
	Path string `json:"path"`
}

// The types of VaultEvent.
const (
	EventMoving = "moving" // files are copied
	EventMoved  = "moved"  // the end
)

// VaultEvent is a line of a vault that is being moved.
type VaultEvent struct {
	Schema     int    `json:"schema"`
	Type       string `json:"type"`
	Path       string `json:"path,omitempty"` // where it is now
	Files      int64  `json:"files,omitempty"`
	Bytes      int64  `json:"bytes,omitempty"`
	TotalFiles int64  `json:"totalFiles,omitempty"`
	TotalBytes int64  `json:"totalBytes,omitempty"`
}

// ReplaceRequest asks for a new vault; with DryRun, what that would cost.
type ReplaceRequest struct {
	Path       string `json:"path"`
	AcceptLoss bool   `json:"acceptLoss,omitempty"`
	DryRun     bool   `json:"dryRun,omitempty"`
}

// ReplaceInfo is the document of "homeroll vault replace".
type ReplaceInfo struct {
	Schema        int    `json:"schema"`
	Path          string `json:"path"`
	Withdrawn     int64  `json:"withdrawn"` // items that are fetched again
	Lost          int64  `json:"lost"`      // of them, no other device holds a copy
	OldVaultThere bool   `json:"oldVaultThere"`
}

// MoveVault moves the vault, and calls f with how far that is.
func (c *Client) MoveVault(ctx context.Context, path string, f func(VaultEvent)) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return c.t.stream(ctx, http.MethodPost, "/v1/vault/move", VaultRequest{abs}, func(line json.RawMessage) (bool, error) {
		var e VaultEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return false, err
		}
		f(e)
		return e.Type != EventMoved, nil
	})
}

// ReplaceVault begins a new vault; see ReplaceRequest.
func (c *Client) ReplaceVault(ctx context.Context, r ReplaceRequest) (*ReplaceInfo, error) {
	abs, err := filepath.Abs(r.Path)
	if err != nil {
		return nil, err
	}
	r.Path = abs
	var info ReplaceInfo
	if err := c.t.call(ctx, http.MethodPost, "/v1/vault/replace", r, &info); err != nil {
		return nil, err
	}
	return &info, nil
}
