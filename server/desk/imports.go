package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
)

// uploadTime is how long an upload may take; the server gives other requests a minute.
const uploadTime = 15 * time.Minute

func importForm() *form {
	return &form{Action: "/platform/cv/imports", Submit: "Import the file", Quiet: true, Fields: []*field{
		{ID: "file", Label: "File", Kind: "file", Accept: ".ndjson,.jsonl,application/x-ndjson",
			Hint: "NDJSON in UTF-8, one candidate a line, up to 256 MB; docs/import.md has the fields. A bad line is left out and told. To import a file twice changes nothing."},
	}}
}

func importTag(s cv.ImportStatus) pages.Tag {
	switch s {
	case cv.ImportRunning:
		return pages.Tag{Text: "Running", Tone: pages.Warn}
	case cv.ImportDone:
		return pages.Tag{Text: "Done", Tone: pages.Good}
	case cv.ImportFailed:
	}
	return pages.Tag{Text: "Ended early", Tone: pages.Bad}
}

// importCV takes a file and begins to import it. The page that follows shows how far it is.
func (d *Desk) importCV(w http.ResponseWriter, r *http.Request, u account.User) error {
	deadline := http.NewResponseController(w)
	until := d.Wall().Add(uploadTime)
	if err := errors.Join(deadline.SetReadDeadline(until), deadline.SetWriteDeadline(until)); err != nil {
		return fmt.Errorf("give the upload time: %w", err)
	}
	file, name, err := upload(r)
	if err != nil {
		return err
	}
	if file == nil {
		f := importForm()
		f.Field("file").Error = "Choose a file"
		return d.showCVForms(w, r, u, f, findForm())
	}
	var run cv.ImportRun
	err = d.act(r, u, account.PlatformAction{Action: "import into the CV database", Subject: name}, func(ctx context.Context) (err error) {
		run, err = d.Store.CV.BeginImport(ctx, board.ModeLive, name, u.ID)
		return err
	})
	if err != nil {
		return errors.Join(err, discard(file))
	}
	d.running.Go(func() {
		_, err := d.Store.CV.RunImport(d.ctx, run, file, d.Tick)
		if err := errors.Join(err, discard(file)); err != nil {
			d.Log.Error("an import ended early", "import", run.ID, "error", err)
		}
	})
	http.Redirect(w, r, fmt.Sprintf("/platform/cv/imports/%d", run.ID), http.StatusSeeOther)
	return nil
}

// upload keeps the file of the form on the disk. It is nil when none was chosen.
func upload(r *http.Request) (file *os.File, name string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, "", board.Errorf(board.CodeInvalidRequest, "This form can't be read. Go back and send it again.")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, "", nil
		}
		if e, ok := errors.AsType[*board.Error](err); ok {
			return nil, "", e // what reads it has said why
		}
		if err != nil {
			return nil, "", board.Errorf(board.CodeInvalidRequest, "The upload was cut off. Go back and send the file again.")
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		return spool(part)
	}
}

func spool(part *multipart.Part) (*os.File, string, error) {
	file, err := os.CreateTemp("", "cv-import-*.ndjson")
	if err != nil {
		return nil, "", fmt.Errorf("keep the upload: %w", err)
	}
	if _, err = io.Copy(file, part); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		err = errors.Join(err, discard(file))
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, "", board.Errorf(board.CodePayloadTooLarge, "The file is larger than 256 MB. Import it with: itmanagerjobs admin import-candidates --file FILE")
		}
		return nil, "", fmt.Errorf("keep the upload: %w", err)
	}
	name := []rune(path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")))
	return file, string(name[:min(len(name), 200)]), nil
}

func discard(file *os.File) error {
	return errors.Join(file.Close(), os.Remove(file.Name())) //nolint:gosec // a name of ours
}

// showImport shows how far an import is; a browser asks again by itself while it runs.
func (d *Desk) showImport(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	run, err := d.Store.CV.ImportRun(r.Context(), id)
	if err != nil {
		return err
	}
	about := "Begun " + pages.Relative(run.CreatedAt, d.Now()) + "."
	if run.Status == cv.ImportRunning {
		w.Header().Set("Refresh", "2")
		about += " This page shows the progress by itself. You may leave it."
	}
	s := screen{
		Head: pages.Head{Title: run.File, Back: &pages.Link{Text: "CV database", Path: "/platform/cv"}, About: about, Tags: []pages.Tag{importTag(run.Status)}},
		Stats: []pages.Stat{
			{Name: "Imported", Figure: strconv.Itoa(run.Imported)}, {Name: "New people", Figure: strconv.Itoa(run.New)},
			{Name: "Changed people", Figure: strconv.Itoa(run.Changed)}, {Name: "Lines left out", Figure: strconv.Itoa(run.Skipped), Tone: map[bool]pages.Tone{true: pages.Bad}[run.Skipped > 0]},
		},
	}
	if len(run.Problems) > 0 {
		s.Sections = []section{{Title: "What was left out", Text: "The first lines with what is wrong in them.", Code: &pages.Code{Text: strings.Join(run.Problems, "\n"), Copy: "Copy"}}}
	}
	return d.showScreen(w, r, u, s, nil)
}
