package catalogue

import (
	"cmp"
	"slices"
)

// nodeCacheBytes bounds what the writer remembers of tries, about. A change of a
// few hundred records touches as many leaves, and the next one their neighbours.
const nodeCacheBytes = 8 << 20

// nodeCache are nodes of tries as this connection has read or written them last:
// what a transaction that fails has written must be forgotten with it. Its zero
// value is ready.
type nodeCache struct {
	nodes map[nodeID]*trieNode
	bytes int
	most  int // 0 = nodeCacheBytes
}

func (c *nodeCache) limit() int { return cmp.Or(c.most, nodeCacheBytes) }

// get returns a node that must not be changed, nil if it is not remembered.
func (c *nodeCache) get(id nodeID) *trieNode { return c.nodes[id] }

func (c *nodeCache) put(id nodeID, n *trieNode) {
	if c.nodes == nil {
		c.nodes = map[nodeID]*trieNode{}
	}
	c.drop(id)
	c.nodes[id] = n
	if c.bytes += n.bytes(); c.bytes > c.limit() {
		c.shrink(id)
	}
}

// shrink forgets leaves, whichever, until a quarter of the room is free; inner nodes
// are on the way to many.
func (c *nodeCache) shrink(except nodeID) {
	for _, leaves := range []bool{true, false} {
		for id, n := range c.nodes {
			if c.bytes <= c.limit()*3/4 {
				return
			}
			if id != except && (n.kids == nil) == leaves {
				c.drop(id)
			}
		}
	}
}

func (c *nodeCache) drop(id nodeID) {
	if n := c.nodes[id]; n != nil {
		c.bytes -= n.bytes()
		delete(c.nodes, id)
	}
}

// dropRange forgets the nodes from one number to before another.
func (c *nodeCache) dropRange(from, to nodeID) {
	for id := range c.nodes {
		if id >= from && id < to {
			c.drop(id)
		}
	}
}

func (c *nodeCache) clear() { *c = nodeCache{most: c.most} }

// bytes is about what the node takes in memory.
func (n *trieNode) bytes() int {
	const overhead = 160 // of the structure, its slices, and the map
	if n.kids != nil {
		return overhead + len(n.kids)*childSize
	}
	return overhead + len(n.fps)*entrySize
}

// clone returns a leaf that shares no memory with a larger one.
func (l leaf) clone() leaf { return leaf{slices.Clone(l.fps), slices.Clone(l.rows)} }
