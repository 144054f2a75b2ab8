package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"time"
)

// ErrNoNode says that no node runs on this state directory.
var ErrNoNode = errors.New("no node is running")

// Client speaks to a running node over its control socket. Every method's
// error is ErrNoNode, an *Error that the node answered, the context's, or a
// failure of the socket. Paths may be relative to the working directory.
// Safe for concurrent use.
type Client struct{ t *transport }

// dialTimeout is how long a socket may take to answer at all.
const dialTimeout = 5 * time.Second

// Dial finds the node of the state directory; with an empty one, the user's own, then the
// system service's.
func Dial(state string) (*Client, error) {
	found, err := addresses(state)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	err = ErrNoNode
	for _, address := range found {
		t := newTransport(address)
		tried := t.reachable(ctx)
		if tried == nil {
			return &Client{t}, nil
		}
		if !errors.Is(tried, ErrNoNode) {
			err = tried
		}
	}
	return nil, err
}

// Status returns the status now.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	var s Status
	if err := c.get(ctx, "/v1/status", &s); err != nil {
		return nil, err
	}
	return &s, nil
}

// Follow calls f with the status now and at each change (at most a few a second) until f returns false or ctx ends.
func (c *Client) Follow(ctx context.Context, f func(*Status) bool) error {
	return c.t.stream(ctx, http.MethodGet, "/v1/status/follow", nil, func(line json.RawMessage) (bool, error) {
		var s Status
		if err := json.Unmarshal(line, &s); err != nil {
			return false, err
		}
		return f(&s), nil
	})
}

// OpenPage returns the page's addresses and a link that signs in once.
func (c *Client) OpenPage(ctx context.Context) (*OpenInfo, error) {
	var info OpenInfo
	if err := c.t.call(ctx, http.MethodPost, "/v1/open", nil, &info); err != nil {
		return nil, err
	}
	return &info, nil
}

// Pause pauses fetching and serving of media; 0 = until Resume.
func (c *Client) Pause(ctx context.Context, d time.Duration) error {
	return c.post(ctx, "/v1/pause", PauseRequest{d.Seconds()})
}

// Resume ends a pause.
func (c *Client) Resume(ctx context.Context) error { return c.post(ctx, "/v1/resume", nil) }

// Leave leaves the home; nothing is deleted.
func (c *Client) Leave(ctx context.Context) error { return c.post(ctx, "/v1/leave", nil) }

// Rename gives a device, named by its friendly name or ID as everywhere, another name.
func (c *Client) Rename(ctx context.Context, device, name string) error {
	return c.post(ctx, "/v1/devices/rename", DeviceRequest{Device: device, Name: name})
}

// Remove removes a device from the home.
func (c *Client) Remove(ctx context.Context, device string) error {
	return c.post(ctx, "/v1/devices/remove", DeviceRequest{Device: device})
}

// Connect remembers an address of a device and dials it now.
func (c *Client) Connect(ctx context.Context, device, addr string) error {
	return c.post(ctx, "/v1/devices/connect", DeviceRequest{Device: device, Addr: addr})
}

// AddFolder starts watching a folder, and saves it to config.toml.
func (c *Client) AddFolder(ctx context.Context, path string, ignore []string) error {
	return c.folder(ctx, "/v1/folders/add", path, ignore)
}

// RemoveFolder stops watching a folder; its files stay.
func (c *Client) RemoveFolder(ctx context.Context, path string) error {
	return c.folder(ctx, "/v1/folders/remove", path, nil)
}

// ConfirmFolder accepts that files of a halted folder are gone, at most so many, and
// returns how many names were withdrawn.
func (c *Client) ConfirmFolder(ctx context.Context, path string, files int64) (int64, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return 0, err
	}
	var doc ConfirmDoc
	err = c.t.call(ctx, http.MethodPost, "/v1/folders/confirm", ConfirmRequest{abs, files}, &doc)
	return doc.Withdrawn, err
}

func (c *Client) folder(ctx context.Context, what, path string, ignore []string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return c.post(ctx, what, FolderRequest{abs, ignore})
}

// Copies tells who holds an item, by its hash or a file's path.
func (c *Client) Copies(ctx context.Context, pathOrHash string) (*CopiesInfo, error) {
	of, err := pathUnlessHash(pathOrHash)
	if err != nil {
		return nil, err
	}
	var info CopiesInfo
	if err := c.get(ctx, "/v1/copies?of="+url.QueryEscape(of), &info); err != nil {
		return nil, err
	}
	return &info, nil
}

// Show tells all that is known of an item, by its hash or a file's path.
func (c *Client) Show(ctx context.Context, pathOrHash string) (*ShowInfo, error) {
	of, err := pathUnlessHash(pathOrHash)
	if err != nil {
		return nil, err
	}
	var info ShowInfo
	if err := c.get(ctx, "/v1/show?of="+url.QueryEscape(of), &info); err != nil {
		return nil, err
	}
	return &info, nil
}

// Problems returns all problems, not only the first 100, and then the notes.
func (c *Client) Problems(ctx context.Context) ([]Problem, []Skipped, error) {
	var doc ProblemsDoc
	if err := c.get(ctx, "/v1/problems", &doc); err != nil {
		return nil, nil, err
	}
	return doc.Problems, doc.Skipped, nil
}

// Retry looks again at everything that has a problem, or only at these paths.
func (c *Client) Retry(ctx context.Context, paths []string) error {
	var r PathsRequest
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			return err
		}
		if raw := RawPath(abs); raw != nil {
			r.PathsBase64 = append(r.PathsBase64, raw)
			continue
		}
		r.Paths = append(r.Paths, abs)
	}
	return c.post(ctx, "/v1/problems/retry", r)
}

// Setting reads a value of the whole home, such as "copies.wanted".
func (c *Client) Setting(ctx context.Context, key string) (string, error) {
	var doc SettingDoc
	err := c.get(ctx, "/v1/settings?key="+url.QueryEscape(key), &doc)
	return doc.Value, err
}

// SetSetting sets a value of the whole home.
func (c *Client) SetSetting(ctx context.Context, key, value string) error {
	return c.post(ctx, "/v1/settings", SettingDoc{Schema, key, value})
}

func (c *Client) get(ctx context.Context, path string, out any) error {
	return c.t.call(ctx, http.MethodGet, path, nil, out)
}

func (c *Client) post(ctx context.Context, path string, in any) error {
	return c.t.call(ctx, http.MethodPost, path, in, nil)
}

// pathUnlessHash makes a path absolute; an item's 64 hexadecimal digits stay.
func pathUnlessHash(s string) (string, error) {
	if isHash(s) {
		return s, nil
	}
	return filepath.Abs(s)
}

func isHash(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F') {
			return false
		}
	}
	return len(s) == 64
}
