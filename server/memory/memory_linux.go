package memory

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// mapping is a part of the address space, with the number of bytes in it that differ from the file.
type mapping struct {
	from, to uintptr
	perms    string
	path     string
	changed  int // kB
	known    bool
}

// dropProgram drops the pages of the program's file. It leaves alone what may be written, and what has been, such as addresses that a loader has
// filled in: these the file could not give back. Where something is unknown, nothing happens.
func dropProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	for _, m := range read(f) {
		if m.path == program && m.known && m.changed == 0 && strings.HasPrefix(m.perms, "r-") {
			// An error leaves the pages where they are.
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED)
		}
	}
}

// read reads mappings as proc_pid_smaps(5) has them.
func read(smaps io.Reader) (all []mapping) {
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		if from, to, ok := strings.Cut(fields[0], "-"); ok && len(fields) >= 5 {
			m := mapping{from: address(from), to: address(to), perms: fields[1]}
			if len(fields) == 6 {
				m.path = fields[5]
			}
			all = append(all, m)
			continue
		}
		if fields[0] == "Anonymous:" && len(all) > 0 {
			m := &all[len(all)-1]
			n, err := strconv.Atoi(fields[1])
			m.changed, m.known = n, err == nil
		}
	}
	return all
}

func address(hex string) uintptr {
	n, _ := strconv.ParseUint(hex, 16, 64) // 0 to 0 is nothing
	return uintptr(n)
}
