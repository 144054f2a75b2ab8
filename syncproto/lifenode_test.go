package syncproto

import (
	"bytes"
	"context"
	"net"
	"slices"
	"time"

	"homeroll/store/media"
)

// Dial makes a node the Dialer of its exchange.
func (n *lifeNode) Dial(ctx context.Context, to media.Device, protocol string) (net.Conn, error) {
	for _, m := range n.home.nodes {
		if m.model.self == to {
			return n.home.weather.open(ctx, n.at, m.at, protocol)
		}
	}
	return nil, errNoConnection
}

// library is a model whose disk may flip bytes.
type library struct {
	*model
	node *lifeNode
}

func (l library) Read(ctx context.Context, id media.ID) (media.Source, error) {
	src, err := l.model.Read(ctx, id)
	if c, ok := src.(*content); ok && len(c.data) > 0 && l.node.lies.Load() && l.node.luck.n(3) == 0 {
		bad := *c
		bad.data = bytes.Clone(c.data)
		bad.data[l.node.luck.n(len(bad.data))] ^= 1
		l.node.lied.Store(true)
		return &bad, err
	}
	return src, err
}

func (n *lifeNode) exchange() *Exchange {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.x
}

func (n *lifeNode) up() bool { return n.exchange() != nil }

// stateHeld states what the node holds and had not come to state.
func (n *lifeNode) stateHeld() {
	var unstated []media.Record
	for _, c := range n.home.known() {
		if n.holds(c) != nil && !n.model.has(n.model.self, holding(c)) {
			unstated = append(unstated, holding(c))
		}
	}
	if len(unstated) > 0 {
		n.model.write(unstated, nil)
	}
}

// start runs the node, unless it runs.
func (n *lifeNode) start() {
	if n.up() {
		return
	}
	n.stateHeld()
	x := New(Config{Self: n.model.self, Home: func() media.Home { return testHome }, Library: library{n.model, n}, Dialer: n, Version: "0.1.0"})
	if n.plain {
		x.can = nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.mu.Lock()
	n.x, n.stop = x, cancel
	n.mu.Unlock()
	n.tasks.Go(func() { n.fetchAll(ctx, x) })
}

// crash ends everything that runs on the node; what it stores stays.
func (n *lifeNode) crash() {
	for _, m := range n.home.nodes {
		n.home.weather.part(n.at, m.at)
	}
	n.mu.Lock()
	x := n.x
	n.x = nil
	n.mu.Unlock()
	if x == nil {
		return
	}
	n.stop()
	x.Close()
	n.tasks.Wait()
}

// loseDatabase puts an older state in place of a node that is down, or none.
func (n *lifeNode) loseDatabase() {
	old := n.old
	if n.home.dice.n(3) == 0 {
		old = newModel(byte(n.at + 1))
	}
	old = old.copy()
	n.model.mu.Lock()
	defer n.model.mu.Unlock()
	n.model.shelves = old.shelves
	if n.home.dice.n(2) == 0 { // the disk itself
		n.model.items = old.items
		n.sinks = map[media.ID]*memSink{}
	}
}

func (n *lifeNode) serve(peer media.Device, protocol string, conn net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.x == nil {
		return false
	}
	x := n.x
	n.tasks.Go(func() { n.home.blame(x.Serve(x.ctx, peer, protocol, conn)) })
	return true
}

// write changes the own manifest: mostly little, sometimes a lot.
func (n *lifeNode) write() {
	h := n.home
	count := uint64(h.dice.n(5))
	if h.dice.n(8) == 0 {
		count = uint64(h.dice.n(1500))
	}
	n.model.mu.Lock()
	own := n.model.shelf(n.model.self)
	var remove []media.Fingerprint
	if len(own.sorted) > 0 {
		at := h.dice.n(len(own.sorted))
		to := min(len(own.sorted), at+h.dice.n(4))
		if h.dice.n(12) == 0 {
			to = len(own.sorted) // a whole folder goes
		}
		for _, f := range own.sorted[at:to] {
			if own.records[f].Kind() != media.KindHolding {
				remove = append(remove, f)
			}
		}
	}
	n.model.mu.Unlock()
	n.model.write(recordRange(h.next, h.next+count), remove)
	h.next += count
}

func holding(c *content) media.Record {
	r, err := media.EncodeRecord(media.Holding{Item: c.item})
	if err != nil {
		panic(err)
	}
	return r
}

func (m *model) has(by media.Device, r media.Record) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.shelf(by).records[r.Fingerprint()]
	return ok
}

func (n *lifeNode) holds(c *content) *content {
	n.model.mu.Lock()
	defer n.model.mu.Unlock()
	return n.model.items[c.item.ID]
}

// newItem appears on the node: of no byte, of one group, of several.
func (n *lifeNode) newItem() {
	h := n.home
	size := h.dice.n(5000)
	if h.dice.n(2) == 0 {
		size = h.dice.n(6 * media.GroupSize)
	}
	data := noise(size, uint64(h.dice.n(1<<30)))
	if h.dice.n(3) == 0 && size > 0 {
		data = bytes.Repeat(data[:min(size, 300)], size/min(size, 300)) // shrinks
	}
	c := n.model.hold(data)
	h.mu.Lock()
	h.items = append(h.items, c)
	h.mu.Unlock()
	n.model.write([]media.Record{holding(c)}, nil)
}

// letGo of an item that is also elsewhere: it will be fetched again.
func (n *lifeNode) letGo() {
	known := n.home.known()
	if len(known) == 0 {
		return
	}
	c := known[n.home.dice.n(len(known))]
	if n.holds(c) == nil {
		return
	}
	n.model.write(nil, []media.Fingerprint{holding(c).Fingerprint()})
	n.model.mu.Lock()
	defer n.model.mu.Unlock()
	delete(n.model.items, c.item.ID)
}

// fetchAll asks some of the holders for a random item that is missing, for ever.
func (n *lifeNode) fetchAll(ctx context.Context, x *Exchange) {
	for ; ctx.Err() == nil; wait(ctx, time.Duration(100+n.luck.n(900))*time.Millisecond) {
		var missing []*content
		for _, c := range n.home.known() {
			if n.holds(c) == nil && len(n.holders(c)) > 0 {
				missing = append(missing, c)
			}
		}
		if len(missing) == 0 {
			continue
		}
		c := missing[n.luck.n(len(missing))]
		if from := n.holders(c); len(from) > 0 {
			n.fetch(ctx, x, c, from[n.luck.n(len(from)):])
		}
	}
}

// holders are those connected members who state that they hold the item.
func (n *lifeNode) holders(c *content) (out []*lifeNode) {
	for _, m := range n.home.nodes {
		if m != n && n.home.weather.latest(n.at, m.at) != nil && n.model.has(m.model.self, holding(c)) {
			out = append(out, m)
		}
	}
	return out
}

func (n *lifeNode) fetch(ctx context.Context, x *Exchange, c *content, from []*lifeNode) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if n.luck.n(8) == 0 {
		time.AfterFunc(time.Duration(n.luck.n(100))*time.Millisecond, cancel) // no longer wanted
	}
	sink := n.sinks[c.item.ID]
	if sink == nil {
		sink = newSink(c.item)
		n.sinks[c.item.ID] = sink
	}
	sources := Sources{Failed: n.home.blameFor}
	for _, m := range from {
		sources.Peers = append(sources.Peers, m.model.self)
	}
	err := x.Gather(ctx, sources, sink)
	if err != nil || slices.Contains(sink.have, false) {
		return
	}
	delete(n.sinks, c.item.ID)
	n.model.hold(sink.data)
	if n.home.weather.calmNow() || n.luck.n(10) > 0 { // else the next crash comes between the two
		n.model.write([]media.Record{holding(c)}, nil)
	}
}

// copy returns the same model as of now.
func (m *model) copy() *model {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &model{key: m.key, self: m.self, shelves: map[media.Device]*shelf{}, items: map[media.ID]*content{}}
	for by, s := range m.shelves {
		c.shelves[by] = &shelf{
			records: cloneMap(s.records), sorted: slices.Clone(s.sorted), memo: map[media.Prefix]media.Node{}, root: s.root, known: s.known, log: slices.Clone(s.log),
		}
	}
	for id, it := range m.items {
		c.items[id] = it
	}
	return c
}
