package node

import (
	"context"
	"errors"

	"homeroll/node/internal/web/home"
	"homeroll/store"
)

var _ home.Uploads = (*page)(nil)

// UploadDir is a directory on the vault's disk for what is not whole yet.
func (p *page) UploadDir(context.Context) (string, error) { return p.store.UploadDir() }

// Room returns the bytes that the vault may still take.
func (p *page) Room(context.Context) (int64, error) {
	space, err := p.store.Space()
	return space.Room, err
}

// Accept makes an uploaded file an item of the vault.
func (p *page) Accept(ctx context.Context, u home.Upload) (*home.Accepted, error) {
	from := u.From
	if from == home.FromPage {
		from = "" // the directory has that name already
	}
	up, err := p.store.AcceptUpload(ctx, store.Upload{Path: u.Path, From: from, Name: u.Name, MTime: u.MTime})
	var refused *store.RefusedError
	if errors.As(err, &refused) {
		return nil, &home.RefusedError{Reason: refused.Reason, Message: refused.Detail, Advice: refused.Hint()}
	}
	if err != nil {
		return nil, err
	}
	return &home.Accepted{ID: up.Item.ID, Known: up.Known, Restored: up.Restored}, nil
}
