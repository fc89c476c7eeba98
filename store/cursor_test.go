package store_test

import (
	"encoding/base64"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

func TestACursorOpensForItsListAlone(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := board.Tenant{EmployerID: 7, Mode: board.ModeLive}
	cursor := s.SignCursor(tenant, "/jobs?q=a", "2 17")
	if at, ok := s.OpenCursor(tenant, "/jobs?q=a", cursor); at != "2 17" || !ok {
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
		"a longer query":   {tenant, "/jobs?q=a2", s.SignCursor(tenant, "/jobs?q=a", "2 17")},
		"empty":            {tenant, "/jobs?q=a", ""},
		"not base64":       {tenant, "/jobs?q=a", "*" + cursor[1:]},
		"cut":              {tenant, "/jobs?q=a", cursor[:12]},
		"another place":    {tenant, "/jobs?q=a", cursor[:len(cursor)-4] + base64.RawURLEncoding.EncodeToString([]byte(" 99"))},
		"not signed":       {tenant, "/jobs?q=a", base64.RawURLEncoding.EncodeToString([]byte("2 jobs 32768 5"))},
	} {
		if _, ok := s.OpenCursor(o.tenant, o.list, o.cursor); ok {
			t.Errorf("%s: it opens", name)
		}
	}
}
