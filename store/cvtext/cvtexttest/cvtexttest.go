// Package cvtexttest lets all tests share one compilation of PDFium, which takes seconds, and a minute with the race
// detector. .ci/test makes it before the tests start.
package cvtexttest

import (
	"os"
	"path/filepath"
	"sync"

	"itmanagerjobs/store/cvtext"
)

// CacheHome is the directory of caches of this checkout, .cache, as XDG_CACHE_HOME has it; empty outside a checkout.
var CacheHome = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".cache")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
})

// CacheDir is where the program keeps the compilation below CacheHome; empty outside a checkout.
func CacheDir() string {
	if CacheHome() == "" {
		return ""
	}
	return filepath.Join(CacheHome(), "itmanagerjobs")
}

// Reader is the reader of the tests of a package.
var Reader = sync.OnceValue(func() *cvtext.Reader { return cvtext.NewReader(CacheDir()) })
