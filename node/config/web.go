package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// CertificateFiles returns the paths that a web.tls of the user's own names.
func CertificateFiles(tls string) (cert, key string, own bool) {
	cert, key, own = strings.Cut(tls, ",")
	return strings.TrimSpace(cert), strings.TrimSpace(key), own
}

func checkWeb(v any) error {
	addr := v.(*string)
	if *addr == Off {
		return nil
	}
	full, _, err := ParseAddr(*addr, DefaultWebPort)
	if err != nil {
		return errors.New("is not an address")
	}
	*addr = full
	return nil
}

func checkTLS(v any) error {
	text := *v.(*string)
	cert, key, own := CertificateFiles(text)
	switch {
	case text == TLSAuto || text == Off:
		return nil
	case !own:
		return errors.New("is not accepted")
	case !filepath.IsAbs(cert) || !filepath.IsAbs(key):
		return errors.New("has a path that is not absolute")
	}
	return nil
}

func checkHostNames(v any) error {
	list := *v.(*[]string)
	for i, name := range list {
		name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
		if name == "" || len(name) > 253 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" {
			return fmt.Errorf("has %q, which is not a host name", list[i])
		}
		list[i] = name
	}
	return nil
}
