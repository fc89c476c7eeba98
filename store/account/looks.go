package account

import (
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// look is a job that a request of a batch reads: what its key's tenant has under the id. A key's tenant never changes, so it may be
// looked at before the key is found to be usable; nobody is told of it then.
type look struct {
	request int // its place in the batch
	tenant  board.Tenant
	job     int64
}

// looksOf are the jobs that the open requests of a batch read. keys are theirs, nil for one that is not usable.
func looksOf(batch []asked, open []int, keys []*usableKey) []look {
	var looks []look
	for n, i := range open {
		if job := batch[i].need.Job; job != 0 && keys[n] != nil {
			looks = append(looks, look{request: i, tenant: keys[n].Tenant, job: job})
		}
	}
	return looks
}

// admitAndLook counts, and tells for each job which version of its row the tenant has, 0 for none, in numbers that follow those of admit.
// OFFSET 0 makes PostgreSQL find each by the primary key, also in a database without statistics.
const admitAndLook = `
SELECT admit($1, $2, $3, $4, $5, $6, $7) || ARRAY(
  SELECT coalesce((SELECT j.seen FROM (SELECT employer_id, mode, ` + pg.RowVersion + ` AS seen FROM jobs WHERE id = l.job OFFSET 0) j
                    WHERE j.employer_id = l.employer AND j.mode = l.mode), 0)
    FROM unnest($8::bigint[], $9::bigint[], $10::text[]) WITH ORDINALITY l (job, employer, mode, n) ORDER BY l.n)`
