package pg

import (
	"testing"

	"github.com/lib/pq"
)

func TestHostsApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, want string }{
		{"postgres://u:p@h1/db?sslmode=disable", "postgres://u:p@h1/db?sslmode=disable"},
		{"host=h1,h2 dbname=db", "host=h1,h2 dbname=db"},
		{"postgres://u:p%40@h1:1,h2/db", "postgres://u:p%40@/db?host=h1%2Ch2&port=1%2C5432&target_session_attrs=read-write"},
		{"postgres://h1,[::1]:7/db?target_session_attrs=any", "postgres:///db?host=h1%2C%3A%3A1&port=5432%2C7&target_session_attrs=any"},
	} {
		got := HostsApart(c.url)
		if got != c.want {
			t.Errorf("%s becomes %s, want %s", c.url, got, c.want)
		}
	}
	config, err := pq.NewConfig(HostsApart("postgres://u:s%2Fcret@h1:1,h2:2/db"))
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "h1" || config.Port != 1 || len(config.Multi) != 1 || config.Multi[0].Host != "h2" || config.Multi[0].Port != 2 ||
		config.Password != "s/cret" || config.User != "u" || config.Database != "db" || config.TargetSessionAttrs != pq.TargetSessionAttrsReadWrite {
		t.Errorf("the driver reads %+v", config)
	}
}
