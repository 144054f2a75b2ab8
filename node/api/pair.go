package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Invite opens a pairing window; f gets each event; the last is "paired", or an error is returned.
func (c *Client) Invite(ctx context.Context, f func(PairEvent)) error {
	return c.pairing(ctx, "/v1/invite", nil, func(e PairEvent) error {
		f(e)
		return nil
	})
}

// Join joins a home. When the event "confirm" comes, confirm is asked before anything is
// confirmed to the other side; nil confirms. f gets every other event.
func (c *Client) Join(ctx context.Context, r PairRequest, f func(PairEvent), confirm func(PairEvent) bool) error {
	return c.pairing(ctx, "/v1/join", r, func(e PairEvent) error {
		if e.Type != EventConfirm {
			f(e)
			return nil
		}
		yes := confirm == nil || confirm(e)
		return c.post(ctx, "/v1/join/answer", AnswerRequest{e.Session, yes})
	})
}

func (c *Client) pairing(ctx context.Context, path string, in any, f func(PairEvent) error) error {
	return c.t.stream(ctx, http.MethodPost, path, in, func(line json.RawMessage) (bool, error) {
		var e PairEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return false, fmt.Errorf("read pairing event: %w", err)
		}
		return e.Type != EventPaired, f(e)
	})
}
