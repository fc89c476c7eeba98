package paging

import (
	"encoding/base64"
	"testing"

	"itmanagerjobs/store/board"
)

func TestACursorOpensForItsListOnly(t *testing.T) {
	t.Parallel()
	c := cursors{}
	for i := range 32 {
		c.key = append(c.key, byte(i))
	}
	tenant := board.Tenant{EmployerID: 7, Mode: board.ModeLive}
	cursor := c.sign(tenant, "/jobs?q=a", "2 17")
	// Callers keep cursors across restarts. This one was computed outside of this program.
	if want := "FLfnHgeEmbtX6ErG-QqMWDIgMTc"; cursor != want {
		t.Errorf("signed as %q, want %q", cursor, want)
	}
	if at, ok := c.open(tenant, "/jobs?q=a", cursor); at != "2 17" || !ok {
		t.Errorf("opens as %q, %t", at, ok)
	}
	for name, o := range map[string]struct {
		tenant board.Tenant
		list   string
		cursor string
	}{
		"another employer": {board.Tenant{EmployerID: 8, Mode: board.ModeLive}, "/jobs?q=a", cursor},
		"the other mode":   {board.Tenant{EmployerID: 7, Mode: board.ModeTest}, "/jobs?q=a", cursor},
		"another query":    {tenant, "/jobs?q=b", cursor},
		"a longer query":   {tenant, "/jobs?q=a2", cursor},
		"another key":      {tenant, "/jobs?q=a", cursors{key: []byte("another")}.sign(tenant, "/jobs?q=a", "2 17")},
		"empty":            {tenant, "/jobs?q=a", ""},
		"not base64":       {tenant, "/jobs?q=a", "*" + cursor[1:]},
		"cut":              {tenant, "/jobs?q=a", cursor[:12]},
		"another place":    {tenant, "/jobs?q=a", cursor[:len(cursor)-4] + base64.RawURLEncoding.EncodeToString([]byte(" 99"))},
		"not signed":       {tenant, "/jobs?q=a", base64.RawURLEncoding.EncodeToString([]byte("2 jobs 32768 5"))},
	} {
		if _, ok := c.open(o.tenant, o.list, o.cursor); ok {
			t.Errorf("%s: it opens", name)
		}
	}
}
