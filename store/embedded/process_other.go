//go:build unix && !linux

package embedded

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// watchAlways: no death signal here, so a watcher stops the server when we end.
const watchAlways = true

// dieWithParent can do nothing: the system has no such signal.
func dieWithParent(*syscall.SysProcAttr) {}

// isPostmaster tells whether the process is a postgres. That it is ours follows from its number being in our postmaster.pid.
func isPostmaster(pid int, _ string) bool {
	out, err := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), "postgres")
}
