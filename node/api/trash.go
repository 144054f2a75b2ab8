package api

import (
	"context"
	"net/http"
	"time"
)

// TrashInfo is the document of "homeroll trash list".
type TrashInfo struct {
	Schema int           `json:"schema"`
	Items  int64         `json:"items"`  // in the trash of the home
	Listed []TrashedItem `json:"listed"` // the latest 10,000
}

// TrashedItem is an item in the trash of the home.
type TrashedItem struct {
	Hash     string     `json:"hash"`
	Size     int64      `json:"size"`     // 0 = not known to this device
	Since    time.Time  `json:"since"`    // when this device learned of it
	Purge    *time.Time `json:"purge"`    // when this device deletes its copy; null = it has none
	InVault  bool       `json:"inVault"`  // this device's vault has a copy
	InFolder bool       `json:"inFolder"` // a folder of this device has it: there it stays
	Names    []ItemName `json:"names"`    // at most 10
}

// TrashRequest is about items, by hash or a file's path.
type TrashRequest struct {
	Items       []string `json:"items,omitempty"`
	ItemsBase64 [][]byte `json:"itemsBase64,omitempty"` // more of them, whose bytes are no UTF-8
}

// TrashChanged is the document of "homeroll trash add" and "restore".
type TrashChanged struct {
	Schema int `json:"schema"`
	Items  int `json:"items"` // with all that is one picture with them
}

// TrashEmptied is the document of "homeroll trash empty".
type TrashEmptied struct {
	Schema int   `json:"schema"`
	Files  int64 `json:"files"`
	Bytes  int64 `json:"bytes"`
}

// Trash returns what is in the trash of the home.
func (c *Client) Trash(ctx context.Context) (*TrashInfo, error) {
	var info TrashInfo
	if err := c.get(ctx, "/v1/trash", &info); err != nil {
		return nil, err
	}
	return &info, nil
}

// TrashAdd puts pictures into the trash of every device, by hash or path.
func (c *Client) TrashAdd(ctx context.Context, items []string) (*TrashChanged, error) {
	return c.changeTrash(ctx, "/v1/trash/add", items)
}

// TrashRestore takes them out.
func (c *Client) TrashRestore(ctx context.Context, items []string) (*TrashChanged, error) {
	return c.changeTrash(ctx, "/v1/trash/restore", items)
}

func (c *Client) changeTrash(ctx context.Context, path string, items []string) (*TrashChanged, error) {
	var r TrashRequest
	for _, item := range items {
		of, err := pathUnlessHash(item)
		if err != nil {
			return nil, err
		}
		if raw := RawPath(of); raw != nil {
			r.ItemsBase64 = append(r.ItemsBase64, raw)
			continue
		}
		r.Items = append(r.Items, of)
	}
	var changed TrashChanged
	if err := c.t.call(ctx, http.MethodPost, path, r, &changed); err != nil {
		return nil, err
	}
	return &changed, nil
}

// TrashEmpty deletes what the node's vault has in the trash, for good.
func (c *Client) TrashEmpty(ctx context.Context) (*TrashEmptied, error) {
	var emptied TrashEmptied
	if err := c.t.call(ctx, http.MethodPost, "/v1/trash/empty", nil, &emptied); err != nil {
		return nil, err
	}
	return &emptied, nil
}
