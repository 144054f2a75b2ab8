package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"

	"homeroll/node/api"
	"homeroll/node/config"
	"homeroll/node/internal/web"
	"homeroll/node/internal/web/access"
	"homeroll/node/internal/web/authority"
	"homeroll/node/internal/web/share"
)

// page is the node as the page sees it.
type page Node

// webGroups says what the page is made of. A group of package home that is not
// set has no routes.
func (n *Node) webGroups() web.Config {
	return web.Config{
		Care:      (*commands)(n),
		Gallery:   (*page)(n),
		Originals: (*page)(n),
		Marks:     (*page)(n),
		Uploads:   (*page)(n),
		Explain:   Explain,
	}
}

// pageServer serves the page of a node.
type pageServer struct {
	server    *web.Server
	access    *access.Keeper
	authority *authority.Authority // nil where another certifies, or nobody
	addr      *net.TCPAddr         // where it listens
	secure    bool                 // with TLS for other devices
	taken     string               // the default port, if it was taken
	listener  net.Listener
}

// openPage listens for the page; nil if the settings have none. Where only the
// default was asked for and is taken, another port is used.
func (n *Node) openPage(ctx context.Context) (*pageServer, error) {
	set := n.cfg.Settings.Web
	if set.Addr == config.Off {
		return nil, nil
	}
	p := &pageServer{}
	var err error
	if p.listener, p.taken, err = listenWeb(ctx, set.Addr, n.cfg.FixedWeb); err != nil {
		return nil, err
	}
	p.addr = p.listener.Addr().(*net.TCPAddr)
	if err := n.makeServer(p, set); err != nil {
		return nil, errors.Join(err, p.listener.Close())
	}
	return p, nil
}

// makeServer makes what answers, and decides who vouches for it.
func (n *Node) makeServer(p *pageServer, set config.Web) (err error) {
	dir := filepath.Join(n.cfg.State, "web")
	if p.access, err = access.Open(access.Config{File: filepath.Join(dir, "access.json"), Log: n.log}); err != nil {
		return err
	}
	cfg := n.webGroups()
	if cfg.Shares, err = share.Open(filepath.Join(dir, "shares.json"), nil, n.log); err != nil {
		return err
	}
	cfg.Access, cfg.Names, cfg.Ready, cfg.Log = p.access, n.webNames, n.ready, n.log
	certificate, err := n.certificates(p, set, dir)
	if err != nil {
		return err
	}
	if certificate != nil {
		p.secure = true
		cfg.Authority = p.authority
		cfg.TLS = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: certificate}
	}
	p.server, err = web.New(cfg)
	return err
}

// certificates returns where the certificate comes from; nil where none is
// needed, because only this device comes in, or the user wants none.
func (n *Node) certificates(p *pageServer, set config.Web, dir string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	cert, key, own := config.CertificateFiles(set.TLS)
	switch {
	case own:
		files := &certificateFiles{cert: cert, key: key, log: n.log}
		if err := files.load(); err != nil {
			return nil, usage(err.Error(), "web.tls wants auto, off, or the paths of a certificate and its key with a comma between")
		}
		return files.certificate, nil
	case set.TLS == config.Off || p.addr.IP.IsLoopback():
		return nil, nil
	}
	a, err := authority.Open(authority.Config{Dir: dir, Device: n.nameOf(n.host.Device()), Names: n.certifiedNames})
	if err != nil {
		return nil, err
	}
	p.authority = a
	return a.Certificate, nil
}

// spare are ports that are tried where the default one is taken, before any
// that is free: so that an address stays the same if it can.
const spare = 8

// listenWeb listens where the settings say. taken is the port that was not to
// be had.
func listenWeb(ctx context.Context, addr string, fixed bool) (l net.Listener, taken string, err error) {
	full, _, err := config.ParseAddr(addr, config.DefaultWebPort)
	if err != nil {
		return nil, "", usage("web.addr: "+err.Error(), "give HOST, HOST:PORT, :PORT or off")
	}
	host, port, _ := net.SplitHostPort(full) // ParseAddr made it
	var listen net.ListenConfig
	l, err = listen.Listen(ctx, "tcp", full)
	if err == nil {
		return l, "", nil
	}
	if fixed || port != config.DefaultWebPort || !isTaken(err) {
		return nil, "", &api.Error{
			Code: api.ExitFailed, Message: fmt.Sprintf("the page cannot be served at %s: %v", full, errors.Unwrap(err)),
			Hint: "choose another address with --web HOST:PORT, or none with --web off",
		}
	}
	first, _ := strconv.Atoi(port)
	for i := 2; i <= spare+1; i++ { // 8471 is for peers
		if l, err := listen.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(first+i))); err == nil {
			return l, port, nil
		}
	}
	if l, err = listen.Listen(ctx, "tcp", net.JoinHostPort(host, "0")); err != nil {
		return nil, "", fmt.Errorf("listen for the page: %w", err)
	}
	return l, port, nil
}
