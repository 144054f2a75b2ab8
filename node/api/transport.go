package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
)

// host is what a request's Host header says; nothing looks at it.
const host = "http://homeroll"

// transport sends requests over one node's control socket.
type transport struct {
	address string
	http    *http.Client
}

func newTransport(address string) *transport {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return dialSocket(ctx, address) }
	return &transport{address, &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConns: 2}}}
}

// reachable reports whether something answers.
func (t *transport) reachable(ctx context.Context) error {
	conn, err := dialSocket(ctx, t.address)
	if err != nil {
		return socketError(t.address, err)
	}
	return conn.Close()
}

// do sends the request and returns the answer's body, which the caller closes.
func (t *transport) do(ctx context.Context, method, path string, in any) (io.ReadCloser, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, host+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	resp, err := t.http.Do(req)
	if err != nil {
		return nil, t.failed(ctx, err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, readError(resp)
	}
	return resp.Body, nil
}

// call sends a request and reads one document into out, unless it is nil.
func (t *transport) call(ctx context.Context, method, path string, in, out any) error {
	body, err := t.do(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, body)
	} else {
		err = json.NewDecoder(body).Decode(out)
	}
	if err != nil {
		return t.failed(ctx, err)
	}
	return nil
}

// stream sends a request and passes each line of the answer to f until it
// says stop or the answer ends. A line of type "error" ends it as that error.
func (t *transport) stream(ctx context.Context, method, path string, in any, f func(json.RawMessage) (more bool, err error)) error {
	body, err := t.do(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer body.Close()
	for lines := json.NewDecoder(body); ; {
		var line json.RawMessage
		if err := lines.Decode(&line); err != nil {
			return t.failed(ctx, err)
		}
		if err := lineError(line); err != nil {
			return err
		}
		if more, err := f(line); !more || err != nil {
			return err
		}
	}
}

// failed says what a broken exchange means: usually that the node stopped.
func (t *transport) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return socketError(t.address, err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) {
		return fmt.Errorf("the node has stopped: %w", ErrNoNode)
	}
	return fmt.Errorf("talk to the node: %w", err)
}

func readError(resp *http.Response) error {
	var e Error
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&e); err != nil || e.Type != "error" {
		return fmt.Errorf("the node answered %s", resp.Status)
	}
	return &e
}

func lineError(line json.RawMessage) error {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return fmt.Errorf("read the node's answer: %w", err)
	}
	if kind.Type != "error" {
		return nil
	}
	var e Error
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("read the node's error: %w", err)
	}
	return &e
}
