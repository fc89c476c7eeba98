package cvtext

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"itmanagerjobs/store/board"
)

// maxAnswer bounds what a child may answer, in bytes: JSON takes at most six for one of the text.
const maxAnswer = 6*MaxText + 1<<10

// parentEnv tells a child which process has started it: that one may be killed before the child can ask the system.
const parentEnv = "PARENT_PID"

// process is a child that runs. One goroutine at a time uses it.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *io.LimitedReader
	answers *json.Decoder
	// files counts what it has read; ready says that it has loaded PDFium.
	files int
	ready bool
}

func startProcess(command string, args []string) (*process, error) {
	cmd := exec.Command(command, args...) //nolint:gosec,noctx // our own program; it lives longer than the request that starts it
	cmd.Env = []string{"GOMAXPROCS=1", "GOTRACEBACK=none", parentEnv + "=" + strconv.Itoa(os.Getpid())}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the reader of CVs: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the reader of CVs: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the reader of CVs: %w", err)
	}
	p := &process{cmd: cmd, in: in, out: &io.LimitedReader{R: out}}
	p.answers = json.NewDecoder(p.out)
	return p, nil
}

// read has the child read a file; Kind is empty for none. The child is of no more use after an error.
func (p *process) read(ctx context.Context, cv board.CV) (answer, error) {
	// A child that hangs is killed, which ends the reads and writes below.
	stop := context.AfterFunc(ctx, p.kill)
	defer stop()
	var a answer
	head, err := json.Marshal(request{Kind: cv.Kind, Size: len(cv.Bytes)})
	if err != nil {
		return a, fmt.Errorf("ask the reader of CVs: %w", err)
	}
	_, err = p.in.Write(append(head, '\n'))
	if err == nil {
		_, err = p.in.Write(cv.Bytes)
	}
	if err == nil {
		p.out.N = maxAnswer
		err = p.answers.Decode(&a)
	}
	if err = errors.Join(ctx.Err(), err); err != nil {
		return answer{}, fmt.Errorf("ask the reader of CVs: %w", err)
	}
	return a, nil
}

// load makes the child ready for PDF files.
func (p *process) load(ctx context.Context) error {
	a, err := p.readWithin(ctx, loadTimeout, board.CV{})
	if err == nil && a.Problem != "" {
		err = errNoReader
	}
	p.ready = err == nil
	return err
}

// readWithin is read with a limit of its own.
func (p *process) readWithin(ctx context.Context, limit time.Duration, cv board.CV) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	a, err := p.read(ctx, cv)
	if err == nil && cv.Kind != "" {
		p.files++
	}
	return a, err
}

func (p *process) kill() { _ = p.cmd.Process.Kill() }

// end ends the child and waits until it is gone.
func (p *process) end() {
	_ = p.in.Close()
	p.kill()
	_ = p.cmd.Wait()
}
