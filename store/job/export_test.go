package job

import (
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// PublicSQL gives the statements of the public pages, with values in them, and the index that each is made for.
func PublicSQL() []struct{ Index, Query string } {
	fill := strings.NewReplacer("$1", "now()", "$2", "20", "$3", "500").Replace
	count, list, _ := searchSQL(board.JobSearch{}, time.Time{})
	return []struct{ Index, Query string }{
		{"jobs_public_list", fill(list)}, {"jobs_public_", fill(count)}, {"jobs_public_feed", fill(feedPageSQL)},
		{"jobs_public_changed", fill(feedStateSQL)}, {"jobs_public_feed", fill(feedStateSQL)},
	}
}
