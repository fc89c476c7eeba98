package benchtest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/server/inbound"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
)

// letters are applications by email for a job of the first tenant, as large as a message may be and as many as the senders can send: each
// network has all connections that it may have.
type letters struct {
	networks, connections int
	address               string
	sent                  *atomic.Int64
	// body is a message without its sender: each sender has one of its own.
	body string
}

const lettersTo = "apply+PL-001@mail.example"

// mailed is the program's server of mail.
func mailed(b *testing.B, f *bench) letters {
	b.Helper()
	f.api.OpenJob(b, f.tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-001") })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	stop := inbound.Start(l, inbound.Config{
		Deliverer: inbound.Delivery{Store: f.api.Store, PublicURL: servertest.PublicURL}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Domain: "mail.example",
	})
	b.Cleanup(func() {
		if err := stop(); err != nil {
			b.Error(err)
		}
	})
	size := 8 << 20
	if testing.Short() {
		size = 64 << 10
	}
	noise := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	// Two files of types whose text is not read, of which one is kept.
	copy(noise, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	var body strings.Builder
	body.WriteString("Subject: Platform Lead\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n")
	for _, name := range []string{"cv.doc", "references.doc"} {
		fmt.Fprintf(&body, "--b\r\nContent-Type: application/msword; name=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n", name)
		for line := range strings.SplitSeq(wrapped(noise), "\n") {
			body.WriteString(line + "\r\n")
		}
	}
	body.WriteString("--b--")
	return letters{networks: 3, connections: 6, address: l.Addr().String(), sent: new(atomic.Int64), body: body.String()}
}

// wrapped is base64 in lines of 76.
func wrapped(b []byte) string {
	text := base64.StdEncoding.AppendEncode(nil, b)
	lines := make([][]byte, 0, len(text)/76+1)
	for len(text) > 76 {
		lines, text = append(lines, text[:76]), text[76:]
	}
	return string(bytes.Join(append(lines, text), []byte("\n")))
}

// send sends until the returned function is called, which says how many messages were taken. It breaks off those that are on their way.
func (l letters) send(b *testing.B) (stop func() int64) {
	b.Helper()
	var wg sync.WaitGroup
	var taken atomic.Int64
	var stopped atomic.Bool
	var conns []net.Conn
	for i := range l.networks * l.connections {
		from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(i%l.networks)+1, 1)}}
		conn, err := from.DialContext(b.Context(), "tcp", l.address)
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, conn)
		wg.Go(func() {
			c, err := smtp.NewClient(conn, "example.com")
			for ; err == nil; taken.Add(1) {
				if err = l.sendOne(c, l.sent.Add(1)); err != nil {
					break
				}
			}
			if !stopped.Load() {
				b.Errorf("a message was not taken: %v", err)
			}
		})
	}
	return func() int64 {
		stopped.Store(true)
		for _, c := range conns {
			_ = c.Close()
		}
		wg.Wait()
		return taken.Load()
	}
}

func (l letters) sendOne(c *smtp.Client, n int64) error {
	if err := c.Mail("ada@example.com"); err != nil {
		return err
	}
	if err := c.Rcpt(lettersTo); err != nil {
		return err
	}
	id, err := c.Text.Cmd("DATA")
	if err != nil {
		return err
	}
	c.Text.StartResponse(id)
	_, _, err = c.Text.ReadResponse(354)
	c.Text.EndResponse(id)
	if err != nil {
		return err
	}
	// Without the library's writer, which looks at each byte: the sender has the processors of the program.
	for _, part := range []string{fmt.Sprintf("From: Ada Lovelace <ada%d@example.com>\r\n", n), l.body, "\r\n.\r\n"} {
		if _, err := c.Text.W.WriteString(part); err != nil {
			return err
		}
	}
	return finished(c.Text)
}

// finished waits for the answer to a message.
func finished(c *textproto.Conn) error {
	if err := c.W.Flush(); err != nil {
		return err
	}
	_, _, err := c.ReadResponse(250)
	return err
}
