package node

import (
	"context"
	"errors"
	"net/url"

	"homeroll/node/api"
)

// errNoPage is that this run serves none.
var errNoPage = errors.New("this node serves no page")

// OpenPage returns the page's address with a link that signs in once, and how the first password is set.
func (c *commands) OpenPage(context.Context) (*api.OpenInfo, error) {
	p := c.page
	if p == nil {
		return nil, errNoPage
	}
	token, ends := p.access.Link()
	info := &api.OpenInfo{
		Schema: api.Schema, URL: p.local() + "/open?token=" + url.QueryEscape(token), Expires: ends.UTC(), Pages: p.addresses(),
	}
	if p.authority != nil {
		info.Fingerprint = p.authority.Fingerprint()
	}
	if token := p.access.SetupToken(); token != "" && !p.addr.IP.IsLoopback() {
		info.Setup, info.SetupToken = info.Pages[0]+"/setup?token="+token, token
	}
	return info, nil
}

// webAddress is that of the page; the zero one if there is none.
func (n *Node) webAddress() (doc api.Address) {
	if n.page == nil {
		return doc
	}
	doc.Pages = n.page.addresses()
	doc.Web, doc.Plain = &doc.Pages[0], !n.page.secure && !n.page.addr.IP.IsLoopback()
	return doc
}
