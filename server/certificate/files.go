package certificate

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Files are a certificate with its chain, and its key, in PEM.
type Files struct {
	certFile, keyFile string

	present atomic.Pointer[tls.Certificate]
	mu      sync.Mutex
	// What was read last, whether it was of use or not.
	cert, key []byte
}

// OpenFiles reads both files. An error says what is wrong with them, to stand behind the name of a setting.
func OpenFiles(certFile, keyFile string) (*Files, error) {
	f := &Files{certFile: certFile, keyFile: keyFile}
	if _, err := f.Renew(); err != nil {
		return nil, err
	}
	return f, nil
}

// Renew reads the files again, and tells whether connections from now on get another certificate. Its error is of files that
// are new and of no use, such as a certificate whose key is not written yet: the present certificate stays, and the same
// files are no error again.
func (f *Files) Renew() (renewed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	cert, err := read(f.certFile)
	if err != nil {
		return false, err
	}
	key, err := read(f.keyFile)
	if err != nil {
		return false, err
	}
	if bytes.Equal(cert, f.cert) && bytes.Equal(key, f.key) {
		return false, nil
	}
	f.cert, f.key = cert, key
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false, fmt.Errorf("is %s, which is of no use with the key in %s (%w): give a certificate with its chain, and its key, in PEM", f.certFile, f.keyFile, err)
	}
	f.present.Store(&pair)
	return true, nil
}

func read(name string) ([]byte, error) {
	b, err := os.ReadFile(name) //nolint:gosec // the operator names the file
	if err != nil {
		reason := err
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			reason = e.Err
		}
		return nil, fmt.Errorf("is %s, which cannot be read (%w): name a file in PEM that this program may read", name, reason)
	}
	return b, nil
}

// TLS is what to listen with.
func (f *Files) TLS() *tls.Config {
	return config(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.present.Load(), nil })
}

// Expiry is the end of the present certificate.
func (f *Files) Expiry() time.Time { return expiry(f.present.Load()) }
