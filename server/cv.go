package server

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/store/board"
)

// downloadCV serves the CV of an application as a stream.
func (s *Server) downloadCV(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return echo.ErrNotFound // the validator has refused such an id
	}
	r := c.Request()
	file, content, err := s.store.Pipeline.OpenCV(r.Context(), admission.Principal(r.Context()).Tenant, id)
	if err != nil {
		return err
	}
	return sendFile(c, file, content)
}

// downloadCandidateCV serves the latest CV of a candidate. A profile of the CV database must be unlocked.
func (s *Server) downloadCandidateCV(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return echo.ErrNotFound // the validator has refused such an id
	}
	ctx := c.Request().Context()
	file, content, err := s.store.OpenCandidateCV(ctx, admission.Principal(ctx).Tenant, id)
	if err != nil {
		return err
	}
	return sendFile(c, file, content)
}

// sendFile serves a CV, or a range of it. A stranger wrote the file, so the headers let a browser only save it: it must
// not show the file, guess its type, or run it under the address of this server.
func sendFile(c echo.Context, file board.File, content io.ReadSeeker) error {
	r := c.Request()
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": file.Name})
	if disposition == "" {
		disposition = "attachment"
	}
	w := &rangeWriter{ResponseWriter: c.Response()}
	for name, value := range map[string]string{
		echo.HeaderContentType: file.MediaType, echo.HeaderContentDisposition: disposition,
		answer.HeaderETag: `"` + hex.EncodeToString(file.SHA256) + `"`,
		"Repr-Digest":     "sha-256=:" + base64.StdEncoding.EncodeToString(file.SHA256) + ":",
		// A cache must ask again each time, because the caller's rights can change.
		echo.HeaderCacheControl: "private, no-cache",

		echo.HeaderXContentTypeOptions: "nosniff", echo.HeaderContentSecurityPolicy: "sandbox; default-src 'none'",
		"Cross-Origin-Resource-Policy": "same-origin",
	} {
		w.Header().Set(name, value)
	}
	if asked := r.Header.Get("Range"); strings.Contains(asked, ",") || !strings.HasPrefix(asked, "bytes=") {
		// A server may answer a request for several ranges with the whole file, and must for one in units that it does not know
		// (RFC 9110 section 14.2).
		r = r.Clone(r.Context())
		r.Header.Del("Range")
	}
	http.ServeContent(w, r, "", time.Time{}, content)
	if !w.unsatisfiable {
		return nil
	}
	for _, name := range []string{echo.HeaderContentType, echo.HeaderContentDisposition, answer.HeaderETag, "Repr-Digest"} {
		w.Header().Del(name)
	}
	w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", file.Size)) // which is not there yet for a range that can't be read
	e := board.Errorf(board.CodeRangeNotSatisfiable, "The file has no such range of bytes.")
	e.Fields = []board.FieldError{{Field: "Range", Code: board.FieldOutOfRange, Message: fmt.Sprintf("must lie within the %d bytes of the file", file.Size)}}
	return c.JSON(http.StatusRequestedRangeNotSatisfiable, toAPIError(e, requestIDOf(c)))
}

// rangeWriter drops the plain text that http.ServeContent writes for a range that the file does not have.
type rangeWriter struct {
	http.ResponseWriter

	unsatisfiable bool
}

func (w *rangeWriter) WriteHeader(status int) {
	if w.unsatisfiable = status == http.StatusRequestedRangeNotSatisfiable; !w.unsatisfiable {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.unsatisfiable {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}
