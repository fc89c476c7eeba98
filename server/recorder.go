package server

import (
	"bytes"
	"maps"
	"net/http"

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

// record runs a handler and returns its answer instead of sending it. Headers that are already set, such as the
// request id, stay on the real answer.
func record(c echo.Context, handle func() error) (*recorder, error) {
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	answer := c.Response()
	rec.header.Set(echo.HeaderXRequestID, requestIDOf(c))
	c.SetResponse(echo.NewResponse(rec, c.Echo()))
	err := handle()
	c.SetResponse(answer)
	return rec, err
}

// send writes an answer that a recorder has kept.
func send(c echo.Context, status int, header http.Header, body []byte) error {
	h := c.Response().Header()
	maps.Copy(h, header)
	c.Response().WriteHeader(status)
	_, err := c.Response().Write(body)
	return err
}
