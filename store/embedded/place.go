package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// place is where a server lives and under which account it runs.
type place struct {
	base      string   // holds data-<major>, owner.lock, postgres.log
	socketDir string   // follows from base alone, so that every copy of the program finds the same socket
	account   *account // nil: the server runs as the user of the program
}

// account is the user of the server when the program is root, because PostgreSQL refuses to run as root.
type account struct {
	name     string
	uid, gid uint32
}

func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// chown gives a file or directory of ours to the account.
func (a *account) chown(path string) error {
	if a == nil {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// locate decides where the server of o.Dir lives, and makes the directories.
//
// That is o.Dir/postgres. Only for root it may be elsewhere: the server then runs under another account, which cannot enter
// a checkout below /root (0700). The data goes to a new directory of /var/lib/itmanagerjobs then, and the file postgres-location
// in o.Dir remembers which. The name is new each time, so removing o.Dir starts from scratch, as everywhere else.
func locate(o Options) (place, error) {
	root := os.Geteuid() == 0
	mode := os.FileMode(0o700)
	if root {
		mode = 0o711 // the server's account passes through, and can list nothing
	}
	if err := os.MkdirAll(o.Dir, mode); err != nil {
		return place{}, fmt.Errorf("make the data directory: %w", err)
	}
	dir, err := resolve(o.Dir)
	if err != nil {
		return place{}, err
	}
	p := place{base: filepath.Join(dir, "postgres")}
	if root {
		if p, err = locateForRoot(o, dir); err != nil {
			return place{}, err
		}
	}
	if err := os.MkdirAll(p.base, mode); err != nil {
		return place{}, explainPermission(err, dir)
	}
	if root { // whatever the umask made of the mode
		if err := letThrough(p.base); err != nil {
			return place{}, err
		}
	}
	if p.base, err = resolve(p.base); err != nil {
		return place{}, err
	}
	p.socketDir = socketDir(p.base)
	return p, nil
}

// Exists tells whether a server has ever been started in a directory, without making anything.
func Exists(dir string) bool {
	for _, name := range []string{"postgres", "postgres-location"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

func locateForRoot(o Options, dir string) (place, error) {
	p := place{base: filepath.Join(dir, "postgres")}
	pointer := filepath.Join(dir, "postgres-location")
	switch b, err := os.ReadFile(pointer); {
	case err == nil:
		p.base = strings.TrimSpace(string(b))
	case !errors.Is(err, os.ErrNotExist):
		return place{}, err
	}
	var err error
	if p.account, err = serverAccount(p.base); err != nil {
		return place{}, err
	}
	parent := filepath.Dir(p.base)
	blocker, err := p.account.blockedAt(parent)
	if err == nil && blocker == dir { // ours to open
		if err = letThrough(dir); err == nil {
			blocker, err = p.account.blockedAt(parent)
		}
	}
	if err != nil || blocker == "" {
		return p, err
	}
	if _, err := os.Stat(p.base); err == nil {
		return place{}, fmt.Errorf("the server runs as the user %s, who may not enter %s on the way to its data in %s; allow it with: chmod o+x %s",
			p.account.name, blocker, p.base, blocker)
	}
	if p.base, err = elsewhere(o.elsewhere, dir, pointer); err != nil {
		return place{}, err
	}
	o.Log.Warn("the data of PostgreSQL is kept elsewhere, because its user may not enter the data directory",
		"user", p.account.name, "closed", blocker, "data", p.base, "remembered_in", pointer)
	return p, nil
}

// elsewhere makes a directory below parent and records it in the pointer file. Two copies that start at once agree on one:
// the pointer is linked into place, which fails for the second.
func elsewhere(parent, dir, pointer string) (string, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	if err := letThrough(parent); err != nil {
		return "", err
	}
	base, err := os.MkdirTemp(parent, shortHash(dir)+"-")
	if err != nil {
		return "", err
	}
	draft := filepath.Join(dir, filepath.Base(base)+".tmp")
	if err := os.WriteFile(draft, []byte(base+"\n"), 0o600); err != nil {
		return "", err
	}
	linkErr := os.Link(draft, pointer)
	if err := os.Remove(draft); err != nil {
		return "", err
	}
	if linkErr == nil {
		return base, nil
	}
	if !errors.Is(linkErr, os.ErrExist) {
		return "", linkErr
	}
	if err := os.Remove(base); err != nil {
		return "", err
	}
	b, err := os.ReadFile(pointer)
	return strings.TrimSpace(string(b)), err
}

// serverAccount is the owner of data that is already there, else postgres, else nobody.
func serverAccount(base string) (*account, error) {
	clusters, err := filepath.Glob(filepath.Join(base, "data-*"))
	if err != nil {
		return nil, err
	}
	for _, c := range clusters {
		var st syscall.Stat_t
		if err := syscall.Stat(c, &st); err == nil && st.Uid != 0 {
			name := strconv.FormatUint(uint64(st.Uid), 10)
			if u, err := user.LookupId(name); err == nil {
				name = u.Username
			}
			return &account{name: name, uid: st.Uid, gid: st.Gid}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		// ParseInt, because macOS gives nobody the uid -2.
		uid, uidErr := strconv.ParseInt(u.Uid, 10, 64)
		gid, gidErr := strconv.ParseInt(u.Gid, 10, 64)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, err
		}
		return &account{name: name, uid: uint32(uid), gid: uint32(gid)}, nil // ids are 32 bits wide
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody: add one with: useradd --system postgres")
}

// blockedAt names the first directory on the way to path, path included, that the account may not enter; "" when all are open.
// It reads the permission bits, because they can name the culprit; path must be free of symbolic links.
func (a *account) blockedAt(path string) (string, error) {
	if a == nil {
		return "", nil
	}
	for i := range path {
		if path[i] != '/' && i != len(path)-1 {
			continue
		}
		part := path[:i+1]
		var st syscall.Stat_t
		if err := syscall.Stat(part, &st); err != nil {
			if errors.Is(err, syscall.ENOENT) {
				return "", nil // made later, with a mode of our own
			}
			return "", fmt.Errorf("stat %s: %w", part, err)
		}
		bit := uint32(0o001)
		switch {
		case st.Uid == a.uid:
			bit = 0o100
		case st.Gid == a.gid:
			bit = 0o010
		}
		if uint32(st.Mode)&bit == 0 { //nolint:unconvert // 16 bits on macOS
			return strings.TrimSuffix(part, "/"), nil
		}
	}
	return "", nil
}

// letThrough opens a directory of ours for the server's account: it may pass, not list.
func letThrough(dir string) error {
	st, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if st.Mode().Perm()&0o011 == 0o011 {
		return nil
	}
	return os.Chmod(dir, st.Mode().Perm()|0o011)
}

// socketDir is base/run, or a short directory of /tmp when the path of a socket there would exceed the 107 bytes that the
// kernel allows, or holds a comma, which separates directories in PostgreSQL's setting.
func socketDir(base string) string {
	dir := filepath.Join(base, "run")
	if len(dir)+len("/.s.PGSQL."+socketPort) <= 103 && !strings.ContainsAny(dir, `,"`) { // macOS allows 103
		return dir
	}
	return filepath.Join("/tmp", "itmanagerjobs-"+shortHash(base))
}

// makeSocketDir makes the directory, and refuses one in /tmp that somebody else put there first.
func (p place) makeSocketDir() error {
	err := os.Mkdir(p.socketDir, 0o700)
	if err == nil {
		return p.account.chown(p.socketDir)
	}
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	owner := uint32(os.Geteuid()) // ids are 32 bits wide
	if p.account != nil {
		owner = p.account.uid
	}
	var st syscall.Stat_t
	if err := syscall.Lstat(p.socketDir, &st); err != nil {
		return err
	}
	if uint32(st.Mode)&syscall.S_IFMT != syscall.S_IFDIR || st.Uid != owner || uint32(st.Mode)&0o077 != 0 { //nolint:unconvert // 16 bits on macOS
		return fmt.Errorf("%s must be a directory of mode 0700 that belongs to the user %d; remove it and start again", p.socketDir, owner)
	}
	return nil
}

func resolve(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

func explainPermission(err error, dir string) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%s belongs to another user: run the program as that user, or set DATA_DIR to a directory of your own (%w)", dir, err)
	}
	return err
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
