// Command withpostgres runs a command with a throw-away PostgreSQL server, whose address the command finds in
// TEST_DATABASE_URL, and ends with the command's exit status:
//
//	withpostgres go test ./...
//	withpostgres -c autovacuum=off go test ./...      starts the server with a setting; there may be several
//	withpostgres -find      prints the directory of the PostgreSQL binaries, or says how to install them
//
// One server for a whole test run spares each test process the second that a server of its own takes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"itmanagerjobs/store/embedded"
)

func main() {
	// Before anything is started, so that no signal in between leaves something behind.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	os.Exit(run(os.Args[1:], signals, os.Stdout, os.Stderr))
}

func run(args []string, signals <-chan os.Signal, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == "-find" {
		dir, err := embedded.FindBinaries(context.Background())
		if err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		fmt.Fprintln(stdout, dir)
		return 0
	}
	var settings []string
	for len(args) > 1 && args[0] == "-c" {
		settings, args = append(settings, args[1]), args[2:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: withpostgres [-c SETTING=VALUE]... [--] COMMAND [ARGUMENT]... | -find")
		return 2
	}
	env := os.Environ()
	stop := func() error { return nil }
	if os.Getenv("TEST_DATABASE_URL") == "" { // else the caller has a server already
		s, err := embedded.StartForTests(context.Background(), settings...)
		if err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		stop = s.Stop
		env = append(env, "TEST_DATABASE_URL="+s.URL())
	}
	status, err := runCommand(args, env, signals, stdout, stderr)
	if err := errors.Join(err, stop()); err != nil {
		fmt.Fprintln(stderr, err)
		return max(status, 1)
	}
	return status
}

// runCommand runs the command and passes signals on to all of its processes. They form a group of their own, because
// `go test` does not pass SIGTERM on to the tests it runs.
func runCommand(args, env []string, signals <-chan os.Signal, stdout, stderr io.Writer) (int, error) {
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // ended by signals; running what it is told is its purpose
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			if number, ok := sig.(syscall.Signal); ok {
				_ = syscall.Kill(-cmd.Process.Pid, number) // the command may just have ended
			}
		case err := <-ended:
			return exitStatus(err)
		}
	}
}

// exitStatus is the command's own status, or 128 + n when signal n ended it, as a shell reports it.
func exitStatus(err error) (int, error) {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 0, err // nil, or no result at all
	}
	if st, ok := exit.Sys().(syscall.WaitStatus); ok && st.Signaled() {
		return 128 + int(st.Signal()), nil
	}
	return exit.ExitCode(), nil
}
