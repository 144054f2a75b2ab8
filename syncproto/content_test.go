package syncproto

import (
	"bytes"
	"context"
	"errors"
	"io"

	"homeroll/store/media"
)

// content is an item in memory, and its Source.
type content struct {
	item    media.Item
	data    []byte
	outline media.Outline
	fail    error
	read    func(p []byte, off int64) // has a word in what is sent; nil = none
}

func (c *content) Item() media.Item                { return c.item }
func (c *content) Outline() (media.Outline, error) { return c.outline, nil }
func (c *content) Close() error                    { return nil }
func (c *content) ReadAt(p []byte, off int64) (int, error) {
	if c.fail != nil {
		return 0, c.fail
	}
	if off >= int64(len(c.data)) {
		return 0, io.EOF
	}
	n := copy(p, c.data[off:])
	if c.read != nil {
		c.read(p[:n], off)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func newContent(data []byte) *content {
	it, outline, err := media.Hash(context.Background(), bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	return &content{item: it, data: data, outline: outline}
}

func (m *model) hold(data []byte) *content {
	c := newContent(data)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items[c.item.ID] = c
	return c
}

// memSink is a Sink in memory that keeps what was proven.
type memSink struct {
	item    media.Item
	outline media.Outline
	whole   bool // has its outline
	data    []byte
	have    []bool
	fail    error
	wrote   func(i int64)
}

func newSink(it media.Item) *memSink {
	g := media.Groups(it.Size)
	return &memSink{item: it, whole: g == 1, data: make([]byte, it.Size), have: make([]bool, g)}
}

func (s *memSink) Item() media.Item { return s.item }
func (s *memSink) HasOutline() bool { return s.whole }
func (s *memSink) SetOutline(o media.Outline) error {
	if err := o.Check(s.item); err != nil {
		return err
	}
	s.outline, s.whole = o, true
	return nil
}

func (s *memSink) NextMissing(from int64) (first, n int64) {
	for first = from; first < int64(len(s.have)) && s.have[first]; first++ {
	}
	for first+n < int64(len(s.have)) && !s.have[first+n] {
		n++
	}
	return first, n
}

func (s *memSink) Write(i int64, group []byte) error {
	if s.fail != nil {
		return s.fail
	}
	if !s.whole {
		return errors.New("written before its outline")
	}
	if err := s.outline.Verify(s.item, i, group); err != nil {
		return err
	}
	copy(s.data[i*media.GroupSize:], group)
	s.have[i] = true
	if s.wrote != nil {
		s.wrote(i)
	}
	return nil
}
