package job

import (
	"fmt"
	"hash/maphash"
	"sync"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// The bounds of the memory for jobs: some 20 MB when all are as long as they may be.
const (
	maxKept            = 2_500
	maxKeptDescription = 8 << 10 // bytes
	// maxPages bounds the pages that are known to have been asked for, eight bytes each.
	maxPages = 10_000
)

// kept are jobs as they were read outside of transactions: a transaction can write a row twice, under one version. Nothing is answered from them that a
// statement of the same request has not seen in the database, see pg.Seen. They are shared, so nobody changes one. The zero value is ready.
type kept struct {
	mu   sync.Mutex
	byID map[int64]keptJob
	// pages are the pages of lists that have been asked for: a caller who goes through all pages once has nothing from a glance at each.
	pages map[uint64]struct{}
}

type keptJob struct {
	job  board.Job
	seen int64 // pg.RowVersion
	// listed means that it was read for a list, without its description.
	listed bool
}

// find finds a job of a tenant, with its description, at a version of its row.
func (k *kept) find(t board.Tenant, id, seen int64) (board.Job, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.at(t, id, seen)
	return found.job, ok && !found.listed
}

// findAll finds all jobs of a page, or none.
func (k *kept) findAll(t board.Tenant, rows []pg.SeenRow) ([]board.Job, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	jobs := make([]board.Job, len(rows))
	for i, r := range rows {
		found, ok := k.at(t, r.ID, r.Row)
		if !ok {
			return nil, false
		}
		jobs[i] = found.job
		jobs[i].Description = nil
	}
	return jobs, true
}

// at finds a job. The caller holds mu.
func (k *kept) at(t board.Tenant, id, seen int64) (keptJob, bool) {
	found, ok := k.byID[id]
	return found, ok && found.seen == seen && found.job.EmployerID == t.EmployerID && found.job.Mode == t.Mode
}

// keep keeps a job.
func (k *kept) keep(j board.Job, seen int64) {
	if j.Description != nil && len(*j.Description) > maxKeptDescription {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.put(keptJob{job: j, seen: seen})
}

// keepListed keeps jobs of a list, but for those that are kept with their descriptions.
func (k *kept) keepListed(jobs []listedJob) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range jobs {
		if k.byID[l.job.ID].seen != l.seen {
			k.put(keptJob{job: l.job, seen: l.seen, listed: true})
		}
	}
}

// put keeps a job, in place of any other if there are too many. The caller holds mu.
func (k *kept) put(j keptJob) {
	if k.byID == nil {
		k.byID = map[int64]keptJob{}
	}
	makeRoom(k.byID, maxKept)
	k.byID[j.job.ID] = j
}

var pageSeed = maphash.MakeSeed()

// again tells whether a page was asked for before, and notes that it is now.
func (k *kept) again(t board.Tenant, q Query) bool {
	var h maphash.Hash
	h.SetSeed(pageSeed)
	after := pg.Position{}
	if q.After != nil {
		after = *q.After
	}
	_, _ = fmt.Fprintf(&h, "%v %q %v %v %d %d", t, q.Filter, q.Sort, after, q.Offset, q.Limit) // a hash takes everything
	page := h.Sum64()
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, asked := k.pages[page]; asked {
		return true
	}
	if k.pages == nil {
		k.pages = map[uint64]struct{}{}
	}
	makeRoom(k.pages, maxPages)
	k.pages[page] = struct{}{}
	return false
}

// makeRoom makes room for one more, in place of any other.
func makeRoom[K comparable, V any](m map[K]V, most int) {
	for key := range m {
		if len(m) < most {
			return
		}
		delete(m, key)
	}
}
