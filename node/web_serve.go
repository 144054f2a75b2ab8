package node

import (
	"homeroll/node/internal/web"
)

// page is the node as the page sees it.
type page Node

// webConfig says what the page is made of. A group of package home that is not
// set has no routes.
func (n *Node) webConfig() web.Config {
	return web.Config{
		Care:    (*commands)(n),
		Marks:   (*page)(n),
		Explain: Explain,
		State:   n.cfg.State,
		Log:     n.log,
	}
}
