package certificate

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// Settings are as an operator has written them. Each may be empty.
type Settings struct {
	CertFile, KeyFile string
	// Hosts are names, with commas between them.
	Hosts, Email, DirectoryURL, CacheDir string
}

// Wanted tells whether TLS is spoken at all.
func (s Settings) Wanted() bool { return s.CertFile != "" || s.Hosts != "" }

// Check finds what does not go together. An error says what is wrong with the value, to stand behind the name of its setting.
func (s Settings) Check() (setting string, err error) {
	switch {
	case s.CertFile == "" && s.KeyFile != "":
		return "TLS_CERT_FILE", errors.New("is empty, but TLS_KEY_FILE is set: name the file of the certificate, for example /etc/itmanagerjobs/tls.crt")
	case s.CertFile != "" && s.KeyFile == "":
		return "TLS_KEY_FILE", errors.New("is empty, but TLS_CERT_FILE is set: name the file of the key, for example /etc/itmanagerjobs/tls.key")
	case s.Hosts != "" && s.CertFile != "":
		return "ACME_HOSTS", errors.New("is set, and TLS_CERT_FILE, too: certificates come either from an authority or from files, so leave one out")
	case s.Hosts == "" && s.Email+s.DirectoryURL+s.CacheDir != "":
		return "ACME_HOSTS", errors.New("is empty, but other settings of ACME are not: name the hosts, for example jobs.example.com")
	}
	if s.Hosts != "" {
		for _, host := range s.hosts() {
			if net.ParseIP(host) != nil || !strings.Contains(host, ".") || strings.ContainsAny(host, "*:/@ ") {
				return "ACME_HOSTS", fmt.Errorf("has \"%s\", which is no name that an authority certifies: write names with commas between them, for example jobs.example.com,www.example.com", host)
			}
		}
	}
	if u, err := url.Parse(s.DirectoryURL); s.DirectoryURL != "" && (err != nil || u.Scheme != "https" || u.Hostname() == "") {
		return "ACME_DIRECTORY_URL", errors.New("is not an absolute https URL: write one, for example https://acme.example.com/directory")
	}
	return "", nil
}

func (s Settings) hosts() []string {
	hosts := strings.Split(s.Hosts, ",")
	for i, host := range hosts {
		hosts[i] = strings.ToLower(strings.TrimSpace(host))
	}
	return hosts
}

// Source has the certificates: Files or ACME.
type Source interface {
	// TLS is what to listen with.
	TLS() *tls.Config
	// Expiry is the end of the certificate that ends first, zero when there is none.
	Expiry() time.Time
}

// Open is nil when no TLS is wanted. cacheDir is used when the settings name none. An error is of TLS_CERT_FILE.
func Open(s Settings, cacheDir string) (Source, error) {
	switch {
	case s.CertFile != "":
		return OpenFiles(s.CertFile, s.KeyFile)
	case s.Hosts != "":
		if s.CacheDir != "" {
			cacheDir = s.CacheDir
		}
		return NewACME(ACMEConfig{Hosts: s.hosts(), Email: s.Email, DirectoryURL: s.DirectoryURL, CacheDir: cacheDir}), nil
	}
	return nil, nil //nolint:nilnil // no TLS is no fault
}
