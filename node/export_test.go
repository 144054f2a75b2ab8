package node

import "homeroll/node/internal/web/home"

// GalleryOf is what the page asks of a node.
func GalleryOf(n *Node) home.Gallery { return (*page)(n) }
