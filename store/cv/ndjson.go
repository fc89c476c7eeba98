package cv

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvline"
)

const (
	// lanes are batches on their way to the database at once: two of them keep the database busy while one is made. All
	// lines of one person take one lane, so that of two the later counts.
	lanes = 3
	// progressLines is after how many lines Progress is called, unless the options say otherwise.
	progressLines = 10_000
)

// ErrErased is why a line is skipped whose person was erased.
var ErrErased = errors.New("this person was erased, and has agreed to nothing since")

// NDJSONOptions says where the candidates of a stream go.
type NDJSONOptions struct {
	Mode board.Mode
	Now  time.Time
	// Skipped is called for each line, counted from 1, that is not taken. why tells nothing of the person. It is a
	// *board.Error or ErrErased.
	Skipped func(line int, why error)
	// Progress is called after every ProgressLines lines, 10,000 for 0. It is never called at the same time as Skipped.
	Progress      func(NDJSONResult)
	ProgressLines int
}

// NDJSONResult says what the import of a stream did. Of the imported lines some are of a new person and some change a known one.
type NDJSONResult struct {
	Imported, New, Changed, Skipped int
	// Valid lines are candidates, whether they were imported or not.
	Valid int
}

// ImportNDJSON takes a stream of candidates, one JSON object a line, into the CV database. It reads in to its end. Of a line that is bad only that line is left out. Errors: in cannot be read, the store fails,
// or ctx ends; what was imported by then stays, and is in the result.
func (s *Store) ImportNDJSON(ctx context.Context, in io.Reader, o NDJSONOptions) (NDJSONResult, error) {
	if o.ProgressLines == 0 {
		o.ProgressLines = progressLines
	}
	im := &lineImporter{NDJSONOptions: o, store: s, nextProgress: o.ProgressLines}
	err := im.run(ctx, in)
	return im.done, err
}

type lineImporter struct {
	NDJSONOptions

	store *Store

	mu           sync.Mutex // of what follows, and of the calls of Skipped and Progress
	done         NDJSONResult
	nextProgress int
}

// numbered is a line that can be taken.
type numbered struct {
	line   int
	person board.CVCandidate
}

func (im *lineImporter) run(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var batches [lanes]chan []numbered
	var workers sync.WaitGroup
	for i := range batches {
		batches[i] = make(chan []numbered, 1)
		workers.Go(func() {
			for batch := range batches[i] {
				if err := im.take(ctx, batch); err != nil {
					cancel(err)
				}
			}
		})
	}
	valid, err := im.read(ctx, in, batches)
	for _, lane := range batches {
		close(lane)
	}
	workers.Wait()
	im.done.Valid = valid
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("%d candidates were imported before this: %w", im.done.Imported, err)
	}
	return nil
}

// read gives the lines of a stream to the lanes. It returns how many of them are valid.
func (im *lineImporter) read(ctx context.Context, in io.Reader, to [lanes]chan []numbered) (valid int, err error) {
	var batches [lanes][]numbered
	send := func(i int) error {
		select {
		case to[i] <- batches[i]:
			batches[i] = make([]numbered, 0, ImportBatch)
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	lines := bufio.NewReaderSize(in, 64<<10)
	for number := 1; ; number++ {
		line, err := readLine(lines, board.MaxCVLine)
		if err != nil && !errors.Is(err, io.EOF) {
			return valid, fmt.Errorf("read line %d: %w", number, err)
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // Windows writes one
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			person, wrong := cvline.Parse(line, im.Now)
			if wrong != nil {
				im.skip(number, wrong)
			} else {
				valid++
				i := laneOf(person.Email)
				if batches[i] = append(batches[i], numbered{number, person}); len(batches[i]) == ImportBatch {
					if err := send(i); err != nil {
						return valid, err
					}
				}
			}
		}
		if err != nil {
			break
		}
	}
	for i := range batches {
		if err := send(i); err != nil {
			return valid, err
		}
	}
	return valid, nil
}

func laneOf(email string) int {
	return int(xxhash.Sum64String(strings.ToLower(email)) % lanes)
}

// readLine reads a line. Of one that is longer than limit it returns the first limit+1 bytes, which are too many for the
// check that follows, and leaves out the rest. At the end of the stream the last line comes with io.EOF.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part[:min(len(part), limit+1-len(line))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// take imports a batch.
func (im *lineImporter) take(ctx context.Context, batch []numbered) error {
	if len(batch) == 0 || ctx.Err() != nil {
		return nil
	}
	people := make([]board.CVCandidate, len(batch))
	for i, l := range batch {
		people[i] = l.person
	}
	done, err := im.store.Import(ctx, im.Mode, people)
	if err != nil {
		return err
	}
	for i, id := range done.IDs {
		if id == 0 {
			im.skip(batch[i].line, ErrErased)
		}
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	for _, id := range done.IDs {
		if id != 0 {
			im.done.Imported++
		}
	}
	im.done.New += done.New
	im.done.Changed += done.Changed
	if lines := im.done.Imported + im.done.Skipped; lines >= im.nextProgress {
		im.Progress(im.done)
		im.nextProgress = lines - lines%im.ProgressLines + im.ProgressLines
	}
	return nil
}

func (im *lineImporter) skip(line int, why error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.done.Skipped++
	im.Skipped(line, why)
}
