package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// watchAlways: the kernel ends the server with us, only a Temporary directory needs a watcher.
const watchAlways = false

// dieWithParent has the kernel send the child a fast-shutdown signal when we end, however we end.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// isPostmaster tells whether the process is a postgres that works in data; a postmaster never leaves its data directory.
func isPostmaster(pid int, data string) bool {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return false
	}
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && cwd == data && filepath.Base(exe) == "postgres"
}
