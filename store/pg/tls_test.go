package pg_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"itmanagerjobs/store/pg"
)

// The first answers of a server: it takes everybody, or refuses a password.
const (
	welcome = "R\x00\x00\x00\x08\x00\x00\x00\x00"
	refusal = "E\x00\x00\x00\x23SFATAL\x00C28P01\x00Mwrong password\x00\x00"
)

// plainServer speaks as much of PostgreSQL's protocol as a ping needs, and has no TLS.
func plainServer(t *testing.T, first string) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	const (
		sslRequest = 80877103
		ready      = "Z\x00\x00\x00\x05I"
	)
	serve := func(c net.Conn) {
		defer func() { _ = c.Close() }()
		head := make([]byte, 8)
		for {
			if _, err := io.ReadFull(c, head); err != nil {
				return
			}
			if binary.BigEndian.Uint32(head[4:]) == sslRequest {
				_, _ = c.Write([]byte("N"))
				continue
			}
			_, _ = io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(head))-int64(len(head)))
			_, _ = c.Write([]byte(first))
			if first != welcome {
				return
			}
			_, _ = c.Write([]byte(ready))
			for { // each question is an empty one
				if _, err := io.ReadFull(c, head[:5]); err != nil {
					return
				}
				_, _ = io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(head[1:5]))-4)
				_, _ = c.Write([]byte("I\x00\x00\x00\x04" + ready))
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

func TestPreferTLS(t *testing.T) {
	t.Parallel()
	server := "postgres://u:p@" + plainServer(t, welcome) + "/x"
	closed := "postgres://u:p@" + plainServer(t, refusal) + "/x"
	for given, want := range map[string]string{
		server: "disable", server + "?sslmode=prefer": "disable", server + "?sslmode=allow": "disable",
		server + "?sslmode=require": "require", server + "?sslmode=verify-full": "verify-full",
		"postgres://u:p@127.0.0.1:1/nobody-listens": "require",
		closed: "disable", closed + "?sslmode=prefer": "disable", // whose error is about the password
	} {
		decided, err := url.Parse(pg.PreferTLS(t.Context(), given))
		if err != nil || decided.Query().Get("sslmode") != want || decided.Path == "" {
			t.Errorf("%s becomes %s, %v; want %s", given, decided, err, want)
		}
	}
}

func TestAServerWithoutTLSIsNamed(t *testing.T) {
	t.Parallel()
	server := "postgres://u:p@" + plainServer(t, welcome) + "/x?sslmode=require"
	for name, err := range map[string]error{
		"status": second(pg.MigrationStatus(t.Context(), server)),
		"pooler": second(pg.Pooled(t.Context(), server)),
	} {
		if err == nil || !strings.Contains(err.Error(), "write sslmode=prefer in it") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
