// Package authority is the home's own certificate authority: one of each
// device, whose key never leaves it and which can vouch for nothing but names
// and addresses of private networks. It certifies the device itself, under the
// names that it has now.
//
// Start with [Authority]. See docs/decisions for why it is so.
package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"homeroll/node/internal/web/durable"
)

// How long certificates hold. Browsers of Apple take none of a server that
// holds for more than 825 days.
const (
	rootFor   = 10 * 365 * 24 * time.Hour
	leafFor   = 180 * 24 * time.Hour
	renewAt   = 60 * 24 * time.Hour // before its end
	backdated = 24 * time.Hour      // for clocks that are behind
	lookEvery = 30 * time.Second    // for other names
)

// Names are what the device is reached as.
type Names struct {
	DNS       []string
	Addresses []netip.Addr
}

// Config is what an Authority is made of.
type Config struct {
	Dir    string           // of its files, made if need be
	Device string           // friendly name, in the name of the authority
	Names  func() Names     // now
	Now    func() time.Time // nil = time.Now
}

// Authority certifies one device. Its methods may be called concurrently.
type Authority struct {
	cfg  Config
	root *x509.Certificate
	key  crypto.Signer

	mu     sync.Mutex
	leaf   *tls.Certificate
	looked time.Time // at the names
}

// Open reads the authority of a directory, or makes one.
func Open(cfg Config) (*Authority, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &Authority{cfg: cfg}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make directory of certificates: %w", err)
	}
	pair, err := readPair(a.file("authority.pem"))
	if errors.Is(err, fs.ErrNotExist) {
		pair, err = a.makeRoot()
	}
	if err != nil {
		return nil, err
	}
	a.root, a.key = pair.Leaf, pair.PrivateKey.(crypto.Signer)
	if !a.root.IsCA {
		return nil, fmt.Errorf("read authority: %s is no authority", a.file("authority.pem"))
	}
	if leaf, err := readPair(a.file("certificate.pem")); err == nil {
		a.leaf = &leaf
	}
	return a, nil
}

func (a *Authority) file(name string) string { return filepath.Join(a.cfg.Dir, name) }

// Root returns the certificate of the authority (PEM), for those who shall
// trust it.
func (a *Authority) Root() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw})
}

// Fingerprint returns the SHA-256 of the authority's certificate, as browsers
// show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.root.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(pairs, ":")
}

// Certificate returns the device's certificate, renewed where its end is near
// or the device has other names.
func (a *Authority) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.cfg.Now()
	if a.leaf != nil && now.Sub(a.looked) < lookEvery && now.After(a.looked) {
		return a.leaf, nil
	}
	names := a.certifiable(a.cfg.Names())
	if a.leaf == nil || !a.serves(a.leaf.Leaf, names, now) {
		leaf, err := a.makeLeaf(names, now)
		if err != nil {
			return nil, err
		}
		a.leaf = &leaf
	}
	a.looked = now
	return a.leaf, nil
}

// serves reports whether a certificate still does.
func (a *Authority) serves(leaf *x509.Certificate, names Names, now time.Time) bool {
	if leaf.CheckSignatureFrom(a.root) != nil || now.Before(leaf.NotBefore) || now.Add(renewAt).After(leaf.NotAfter) {
		return false
	}
	for _, name := range names.DNS {
		if !slices.Contains(leaf.DNSNames, name) {
			return false
		}
	}
	for _, addr := range names.Addresses {
		if !slices.ContainsFunc(leaf.IPAddresses, func(ip net.IP) bool { return ip.Equal(addr.AsSlice()) }) {
			return false
		}
	}
	return true
}

// makeRoot makes the authority, which may certify private names alone: who
// steals its key cannot pretend to be a bank.
func (a *Authority) makeRoot() (tls.Certificate, error) {
	template, err := template(pkix.Name{Organization: []string{"homeroll"}, CommonName: "homeroll on " + a.cfg.Device}, a.cfg.Now(), rootFor)
	if err != nil {
		return tls.Certificate{}, err
	}
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	template.PermittedDNSDomainsCritical = true
	template.PermittedDNSDomains = slices.Concat(privateDomains, ownDomains(a.cfg.Names().DNS))
	for _, p := range privateRanges {
		template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make key of authority: %w", err)
	}
	return a.keep("authority.pem", template, template, key, key)
}

// makeLeaf certifies the device.
func (a *Authority) makeLeaf(names Names, now time.Time) (tls.Certificate, error) {
	template, err := template(pkix.Name{Organization: []string{"homeroll"}, CommonName: a.cfg.Device}, now, leafFor)
	if err != nil {
		return tls.Certificate{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.BasicConstraintsValid = true
	template.DNSNames = names.DNS
	for _, addr := range names.Addresses {
		template.IPAddresses = append(template.IPAddresses, addr.AsSlice())
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make key of certificate: %w", err)
	}
	return a.keep("certificate.pem", template, a.root, key, a.key)
}

func template(subject pkix.Name, now time.Time, lasts time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("choose serial number: %w", err)
	}
	if len(subject.CommonName) > 64 { // RFC 5280, ub-common-name
		subject.CommonName = strings.ToValidUTF8(subject.CommonName[:64], "")
	}
	return &x509.Certificate{SerialNumber: serial, Subject: subject, NotBefore: now.Add(-backdated), NotAfter: now.Add(lasts)}, nil
}

// keep signs a certificate and makes it durable with its key.
func (a *Authority) keep(name string, cert, parent *x509.Certificate, key *ecdsa.PrivateKey, signer crypto.Signer) (tls.Certificate, error) {
	raw, err := x509.CreateCertificate(rand.Reader, cert, parent, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("encode key: %w", err)
	}
	text := slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	if err := durable.Write(a.file(name), text); err != nil {
		return tls.Certificate{}, fmt.Errorf("keep certificate: %w", err)
	}
	return readPair(a.file(name))
}

// readPair reads a certificate and its key from one file.
func readPair(path string) (tls.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read certificate: %w", err)
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read certificate of %s: %w", path, err)
	}
	return pair, nil
}
