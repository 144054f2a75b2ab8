//go:build lab && linux

package labtest

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"
)

// socket returns a client of the node's control socket, for what has to be
// asked more often than starting a program allows. docs/json.md lists the paths.
func (h *host) socket() *http.Client {
	path := h.path(".local", "share", "homeroll", "control.sock")
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}
	h.t.Cleanup(client.CloseIdleConnections)
	return client
}

// peek asks over the socket who holds an item; nil if the device knows nothing
// of it.
func peek(client *http.Client, hash string) *copies {
	resp, err := client.Get("http://homeroll/v1/copies?of=" + hash)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	var c copies
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&c) != nil {
		return nil
	}
	return &c
}
