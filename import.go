package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"itmanagerjobs/store/cv"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

const (
	// importLanes are batches on their way to the database at once: two of them keep the database busy while one is made.
	// Everybody's lines take one lane, so that of two for one person the later counts.
	importLanes = 3
	// importGCPercent is more than the default, as serveGCPercent is: collections cost a tenth of an import, too.
	importGCPercent = 400
	// importProgress is after how many lines the operator hears how far it is.
	importProgress = 10_000
)

type importCandidatesCmd struct {
	File string `help:"NDJSON file, one candidate per line; - reads standard input." placeholder:"FILE" required:""`
	Mode string `default:"live"                                                      enum:"live,test"   help:"Population to add to: live, or the fictitious one that test keys see."`
}

// Help tells what a line holds.
func (importCandidatesCmd) Help() string {
	return `Each line is a JSON object in UTF-8. Needed: firstName, lastName, email (tells who is who), title. Optional: externalId, phone,
summary, skills, languages (lists of texts), experience (list of title, employer, from, to, description; from and to such
as 2019-04), yearsExperience (0 to ` + strconv.Itoa(board.MaxYears) + `), seniority (` + listed(board.AllSeniorities()) + `), city, country, latitude with
longitude, remoteType (` + listed(board.AllRemoteTypes()) + `), availability (` + listed(board.AllAvailabilities()) + `),
salaryExpectation (min, max, currency, period: ` + listed(board.AllSalaryPeriods()) + `), cvText, visibility (` + listed(board.AllVisibilities()) + `),
consents (list of purpose, givenAt), updatedAt (when the person was last heard of; an older line changes nothing).
README.md has the bounds and an example. The exit status is 1 when no line is good.`
}

func listed[T ~string](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

// Run imports the file. A line that cannot be taken is reported on standard error, and the others go in.
func (c importCandidatesCmd) Run(ctx context.Context, a *app) error {
	in := io.ReadCloser(os.Stdin)
	if c.File != "-" {
		var err error
		if in, err = os.Open(c.File); err != nil {
			return fmt.Errorf("--file: %w", err)
		}
	}
	defer in.Close()
	setGCPercent(importGCPercent)
	im := importer{mode: board.Mode(c.Mode), now: a.now(), stderr: a.stderr}
	err := a.administer(ctx, "import-candidates", func(s *store.Store) (any, error) {
		im.store = s
		err := im.run(ctx, in)
		return struct {
			Imported  int `json:"imported"`
			New       int `json:"new"`
			Changed   int `json:"changed"`
			Unchanged int `json:"unchanged"`
			Skipped   int `json:"skipped"`
		}{im.imported, im.added, im.changed, im.imported - im.added - im.changed, im.skipped}, err
	})
	if err == nil && im.good == 0 && im.skipped > 0 {
		err = errors.New("no line is a candidate")
	}
	return err
}

// importer takes an NDJSON stream into the CV database.
type importer struct {
	store *store.Store
	mode  board.Mode
	now   time.Time

	good int // lines that could be read

	mu                sync.Mutex // of what follows
	stderr            io.Writer
	imported, skipped int
	added, changed    int // among the imported
	nextProgress      int
}

// importLine is a line that can be taken.
type importLine struct {
	number int
	person board.CvCandidate
}

func (im *importer) run(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	im.nextProgress = importProgress
	var lanes [importLanes]chan []importLine
	var workers sync.WaitGroup
	for i := range lanes {
		lanes[i] = make(chan []importLine, 1)
		workers.Go(func() {
			for batch := range lanes[i] {
				if err := im.take(ctx, batch); err != nil {
					cancel(err)
				}
			}
		})
	}
	err := im.read(ctx, in, lanes)
	for _, lane := range lanes {
		close(lane)
	}
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("%d candidates were imported before this: %w", im.imported, err)
	}
	return nil
}

// read gives the lines of a file to the lanes.
func (im *importer) read(ctx context.Context, in io.Reader, lanes [importLanes]chan []importLine) error {
	var batches [importLanes][]importLine
	send := func(i int) error {
		select {
		case lanes[i] <- batches[i]:
			batches[i] = make([]importLine, 0, cv.ImportBatch)
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	lines := bufio.NewReaderSize(in, 64<<10)
	for number := 1; ; number++ {
		line, err := readLine(lines, board.MaxCvLine)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", number, err)
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // Windows writes one
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			person, wrong := board.ParseCvLine(line, im.now)
			if wrong != nil {
				im.skip(number, inWords(wrong))
			} else {
				im.good++
				i := laneOf(person.Email)
				if batches[i] = append(batches[i], importLine{number, person}); len(batches[i]) == cv.ImportBatch {
					if err := send(i); err != nil {
						return err
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
			return err
		}
	}
	return nil
}

func laneOf(email string) int {
	h := fnv.New32a()
	h.Write([]byte(strings.ToLower(email)))
	return int(h.Sum32() % importLanes)
}

// readLine reads a line. Of one that is longer than limit it returns the first limit+1 bytes, which are too many for
// whoever checks it, and leaves out the rest. At the end of the stream the last line comes with io.EOF.
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
func (im *importer) take(ctx context.Context, batch []importLine) error {
	if len(batch) == 0 || ctx.Err() != nil {
		return nil
	}
	people := make([]board.CvCandidate, len(batch))
	for i, l := range batch {
		people[i] = l.person
	}
	done, err := im.store.CV.Import(ctx, im.mode, people)
	if err != nil {
		return err
	}
	for i, id := range done.IDs {
		if id == 0 {
			im.skip(batch[i].number, "this person was erased, and has agreed to nothing since")
		}
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	for _, id := range done.IDs {
		if id != 0 {
			im.imported++
		}
	}
	im.added += done.New
	im.changed += done.Changed
	if sum := im.imported + im.skipped; sum >= im.nextProgress {
		fmt.Fprintf(im.stderr, "%d candidates imported, %d lines skipped\n", im.imported, im.skipped)
		im.nextProgress = sum - sum%importProgress + importProgress
	}
	return nil
}

// skip reports a line that is not taken. What it says of the person does not go to the terminal, only what is wrong.
func (im *importer) skip(number int, why string) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.skipped++
	fmt.Fprintf(im.stderr, "line %d: %s\n", number, why)
}
