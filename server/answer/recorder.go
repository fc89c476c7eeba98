// Package answer keeps an answer before it is sent, and gives it an entity tag: a caller who has it already gets 304, and one who changes
// an object says by If-Match which version was read (RFC 9110, section 13). It must not know what an answer says.
package answer

import (
	"bytes"
	"maps"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
)

// Recorder keeps an answer in memory until the middleware decides what to send.
type Recorder struct {
	header http.Header
	Status int
	Body   bytes.Buffer
}

// Header is that of the answer.
func (r *Recorder) Header() http.Header { return r.header }

// WriteHeader keeps the status.
func (r *Recorder) WriteHeader(status int) { r.Status = status }

// Write keeps a piece of the body.
func (r *Recorder) Write(b []byte) (int, error) { return r.Body.Write(b) }

// recorders are recorders whose answers were sent, for the next ones: an answer of some size costs more to make room for than to copy.
var recorders = sync.Pool{New: func() any { return &Recorder{header: http.Header{}} }}

// maxRecorded is how large an answer may be for its room to be kept.
const maxRecorded = 256 << 10

// takeRecorder takes an empty one. It is given back when nobody has its header or its body any more.
func takeRecorder() *Recorder {
	rec, _ := recorders.Get().(*Recorder)
	return rec
}

func (r *Recorder) giveBack() {
	if r.Body.Cap() > maxRecorded {
		return
	}
	clear(r.header)
	r.Body.Reset()
	recorders.Put(r)
}

// Record runs a handler and returns its answer instead of sending it.
func Record(c echo.Context, handle func() error) (*Recorder, error) {
	rec := &Recorder{header: http.Header{}}
	return rec, rec.record(c, handle)
}

// record runs a handler and keeps its answer instead of sending it. Headers that are already set, such as the
// request id, stay on the real answer.
func (r *Recorder) record(c echo.Context, handle func() error) error {
	r.Status = http.StatusOK
	answer := c.Response()
	r.header.Set(echo.HeaderXRequestID, c.Response().Header().Get(echo.HeaderXRequestID))
	c.SetResponse(echo.NewResponse(r, c.Echo()))
	err := handle()
	c.SetResponse(answer)
	return err
}

// Send writes an answer that a recorder has kept.
func Send(c echo.Context, status int, header http.Header, body []byte) error {
	h := c.Response().Header()
	maps.Copy(h, header)
	c.Response().WriteHeader(status)
	_, err := c.Response().Write(body)
	return err
}
