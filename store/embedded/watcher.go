package embedded

import (
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// watchScript ends the server $1 and removes the rest of its arguments once its standard input closes, which happens when the
// program ends, even by kill -9: only the program holds the other end of the pipe. In a container whose first process
// reaps nothing the dead server keeps its number for ever, as a zombie, which has no working directory; the wait is bounded as well.
const watchScript = `cat >/dev/null
pid=$1; shift
kill -INT "$pid" 2>/dev/null
tenths=300
while kill -0 "$pid" 2>/dev/null && [ $tenths -gt 0 ]; do
  [ -d /proc/self ] && [ ! -e "/proc/$pid/cwd" ] && break
  tenths=$((tenths-1)); sleep 0.1
done
[ $# -eq 0 ] || rm -rf -- "$@"`

// watcher is a shell that outlives us.
type watcher struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

// watch starts a watcher for the server where one is needed, else returns nil.
func watch(pid int, doomed []string) (*watcher, error) {
	if !watchAlways && len(doomed) == 0 {
		return nil, nil //nolint:nilnil // nothing to watch is neither a watcher nor a failure
	}
	args := append([]string{"-c", watchScript, "sh", strconv.Itoa(pid)}, doomed...)
	cmd := exec.Command("/bin/sh", args...) //nolint:noctx // it must outlive everything; the arguments are our own paths
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the watcher: %w", err)
	}
	return &watcher{cmd: cmd, pipe: pipe}, nil
}

// dismiss ends the watcher before it acts. It is killed, not sent end of file: by now the number of the server may be somebody else's.
func (w *watcher) dismiss() {
	// Errors mean that it has ended already; there is nothing else to do with them.
	_ = syscall.Kill(-w.cmd.Process.Pid, syscall.SIGKILL)
	_ = w.cmd.Wait()
	_ = w.pipe.Close()
}
