package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// minMajor is the oldest PostgreSQL that our SQL is written for.
const minMajor = 15

// binaries is one installation of PostgreSQL.
type binaries struct {
	dir      string
	major    int
	explicit bool // named by $PG_BIN
}

// FindBinaries returns the directory of the postgres and initdb that a new data directory would be made with.
// The error names the command that installs them.
func FindBinaries(ctx context.Context) (string, error) {
	b, err := find(ctx, nil, nil, "")
	return b.dir, err
}

// find chooses an installation: $PG_BIN; else the first one, in the order of search, whose version made the data that is already
// there; else the first one. existing are the majors that have data; remembered is the directory that was used last time.
// To start an empty database beside the data of another version would look like a loss of all data, so that is an error,
// unless $PG_BIN asks for it.
func find(ctx context.Context, a *account, existing []int, remembered string) (binaries, error) {
	var rejected []string
	var found []int
	for _, dir := range searchOrder(os.Getenv("PG_BIN"), remembered) {
		b, err := inspect(ctx, a, dir)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			rejected = append(rejected, err.Error())
			continue
		}
		b.explicit = dir == os.Getenv("PG_BIN")
		if b.explicit || len(existing) == 0 || slices.Contains(existing, b.major) {
			return b, nil
		}
		found = append(found, b.major)
	}
	note := ""
	if len(rejected) > 0 {
		note = " (not usable: " + strings.Join(rejected, "; ") + ")"
	}
	if len(found) > 0 {
		return binaries{}, fmt.Errorf("the data was made by PostgreSQL %v, but only PostgreSQL %v is installed%s: install the former with: %s"+
			" — or set PG_BIN to the newer one to begin with an empty database beside the old one", existing, found, note, installCommand(existing[0]))
	}
	if pgBin := os.Getenv("PG_BIN"); pgBin != "" {
		note += " (PG_BIN is " + pgBin + ")"
	}
	return binaries{}, fmt.Errorf("no PostgreSQL %d or newer was found on this machine%s: install it with: %s"+
		" — or set PG_BIN to the directory of its postgres and initdb, or DATABASE_URL to a server that is running", minMajor, note, installCommand(0))
}

// searchOrder lists the directories to look at, best first. $PG_BIN is the only one when it is set: a wrong value is an error, not a default.
func searchOrder(pgBin, remembered string) []string {
	if pgBin != "" {
		return []string{pgBin}
	}
	var dirs []string
	if exe, err := exec.LookPath("postgres"); err == nil {
		if exe, err = filepath.EvalSymlinks(exe); err == nil {
			dirs = append(dirs, filepath.Dir(exe))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",                            // Debian, Ubuntu
		"/usr/pgsql-*/bin",                                     // packages of postgresql.org for Red Hat
		"/usr/lib/postgresql*/bin", "/usr/libexec/postgresql*", // SUSE, Alpine
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			continue
		}
		slices.SortStableFunc(matches, func(x, y string) int { return lastNumber(y) - lastNumber(x) })
		dirs = append(dirs, matches...)
	}
	if remembered != "" {
		dirs = append(dirs, remembered)
	}
	return slices.Compact(dirs)
}

var digits = regexp.MustCompile(`\d+`)

// lastNumber is the version in a directory's name; 0 without one.
func lastNumber(dir string) int {
	all := digits.FindAllString(dir, -1)
	if len(all) == 0 {
		return 0
	}
	n, err := strconv.Atoi(all[len(all)-1])
	if err != nil {
		return 0
	}
	return n
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect tells the version in dir; os.ErrNotExist without both programs.
func inspect(ctx context.Context, a *account, dir string) (binaries, error) {
	dir, err := resolve(dir)
	if err != nil {
		return binaries{}, err
	}
	postgres := filepath.Join(dir, "postgres")
	for _, exe := range []string{postgres, filepath.Join(dir, "initdb")} {
		if _, err := os.Stat(exe); err != nil {
			return binaries{}, err
		}
	}
	blocker, err := a.blockedAt(dir)
	if err != nil {
		return binaries{}, err
	}
	if blocker != "" {
		return binaries{}, fmt.Errorf("%s: the user %s may not enter %s", dir, a.name, blocker)
	}
	out, err := exec.CommandContext(ctx, postgres, "--version").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("%s --version: %w", postgres, err)
	}
	m := versionPattern.FindSubmatch(out)
	if m == nil {
		return binaries{}, fmt.Errorf("%s --version printed %q", postgres, out)
	}
	major, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return binaries{}, err
	}
	if major < minMajor {
		return binaries{}, fmt.Errorf("%s is PostgreSQL %d, and %d or newer is needed", dir, major, minMajor)
	}
	return binaries{dir: dir, major: major}, nil
}

// installCommand is what the operator types on this machine; major 0 is whatever the system ships.
func installCommand(major int) string {
	suffix, at := "", "@17"
	if major > 0 {
		suffix, at = fmt.Sprintf("-%d", major), fmt.Sprintf("@%d", major)
	}
	if runtime.GOOS == "darwin" {
		return "brew install postgresql" + at
	}
	sudo := "sudo "
	if os.Geteuid() == 0 {
		sudo = ""
	}
	for _, c := range []struct{ tool, command string }{
		{"apt-get", "apt-get install -y --no-install-recommends postgresql" + suffix},
		{"dnf", "dnf install -y postgresql-server"},
		{"apk", "apk add postgresql"},
		{"pacman", "pacman -S --noconfirm postgresql"},
		{"zypper", "zypper install -y postgresql-server"},
	} {
		if _, err := exec.LookPath(c.tool); err == nil {
			return sudo + c.command
		}
	}
	return "the package manager of this system (the package is called postgresql or postgresql-server)"
}
