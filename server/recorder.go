package server

import (
	"bytes"
	"maps"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
)

// recorder keeps an answer in memory until the middleware decides what to send.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// recorders are recorders whose answers were sent, for the next ones: an answer of some size costs more to make room for than to copy.
var recorders = sync.Pool{New: func() any { return &recorder{header: http.Header{}} }}

// maxRecorded is how large an answer may be for its room to be kept.
const maxRecorded = 256 << 10

// takeRecorder takes an empty one. It is given back when nobody has its header or its body any more.
func takeRecorder() *recorder {
	rec, _ := recorders.Get().(*recorder)
	return rec
}

func (r *recorder) giveBack() {
	if r.body.Cap() > maxRecorded {
		return
	}
	clear(r.header)
	r.body.Reset()
	recorders.Put(r)
}

// record runs a handler and returns its answer instead of sending it.
func record(c echo.Context, handle func() error) (*recorder, error) {
	rec := &recorder{header: http.Header{}}
	return rec, rec.record(c, handle)
}

// record runs a handler and keeps its answer instead of sending it. Headers that are already set, such as the
// request id, stay on the real answer.
func (r *recorder) record(c echo.Context, handle func() error) error {
	r.status = http.StatusOK
	answer := c.Response()
	r.header.Set(echo.HeaderXRequestID, c.Response().Header().Get(echo.HeaderXRequestID))
	c.SetResponse(echo.NewResponse(r, c.Echo()))
	err := handle()
	c.SetResponse(answer)
	return err
}

// send writes an answer that a recorder has kept.
func send(c echo.Context, status int, header http.Header, body []byte) error {
	h := c.Response().Header()
	maps.Copy(h, header)
	c.Response().WriteHeader(status)
	_, err := c.Response().Write(body)
	return err
}
