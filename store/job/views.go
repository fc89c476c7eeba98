package job

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// ViewDays is how many days Views tell apart, today among them.
const ViewDays = 30

// ViewRetention is how long views are counted by day: longer than a job can run.
const ViewRetention = board.MaxRun + ViewDays*24*time.Hour

// maxViewed bounds what waits to be written. Views above it are not counted: visitors do not open so many pages between two calls of FlushViews.
const maxViewed = 50_000

// digestSize is enough that no two visitors of a day are taken for one.
const digestSize = 16

// viewed are the views that wait to be written, in memory, without anything of the visitors but a digest.
type viewed struct {
	key []byte

	mu    sync.Mutex
	views map[[digestSize]byte]view
}

// view is that of a job on a day.
type view struct {
	jobID int64
	day   string
}

// CountView counts that somebody has opened the public page of a job, once a day for one network address and user agent. It only
// notes it: FlushViews writes. Neither address nor agent is kept, but a digest of both with the job and the day, until the day is over.
func (s *Store) CountView(jobID int64, address, agent string) {
	day := s.db.Now().Format(time.DateOnly)
	mac := hmac.New(sha256.New, s.viewed.key)
	_ = binary.Write(mac, binary.BigEndian, jobID)
	for _, part := range []string{day, address, agent} {
		_ = binary.Write(mac, binary.BigEndian, int64(len(part)))
		mac.Write([]byte(part))
	}
	digest := [digestSize]byte(mac.Sum(nil))
	s.viewed.mu.Lock()
	defer s.viewed.mu.Unlock()
	if s.viewed.views == nil {
		s.viewed.views = map[[digestSize]byte]view{}
	}
	if len(s.viewed.views) < maxViewed {
		s.viewed.views[digest] = view{jobID, day}
	}
}

// FlushViews writes the views that were counted since the last time. Those that can't be written are lost: they are figures that
// nobody pays for.
func (s *Store) FlushViews(ctx context.Context) error {
	s.viewed.mu.Lock()
	views := s.viewed.views
	s.viewed.views = nil
	s.viewed.mu.Unlock()
	if len(views) == 0 {
		return nil
	}
	digests, jobs, days := make(pq.ByteaArray, 0, len(views)), make(pq.Int64Array, 0, len(views)), make(pq.StringArray, 0, len(views))
	for digest, v := range views {
		digests, jobs, days = append(digests, digest[:]), append(jobs, v.jobID), append(days, v.day)
	}
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// In the order of the keys, so that two copies never deadlock.
		//house:tenant visitors open the pages of all employers
		_, err := tx.Exec(ctx, `
WITH given AS (SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::date[]) AS g (digest, job_id, day)),
     fresh AS (INSERT INTO job_viewers (digest, day) SELECT digest, day FROM given ORDER BY digest ON CONFLICT DO NOTHING RETURNING digest)
INSERT INTO job_views AS v (job_id, day, views)
SELECT g.job_id, g.day, count(*) FROM given g JOIN fresh USING (digest) JOIN jobs j ON j.id = g.job_id GROUP BY g.job_id, g.day ORDER BY g.job_id, g.day
ON CONFLICT (job_id, day) DO UPDATE SET views = v.views + excluded.views`, digests, jobs, days)
		return err
	})
	if err != nil {
		return fmt.Errorf("write views of jobs: %w", err)
	}
	return nil
}

// Views are how often the public page of a job was opened.
type Views struct {
	// All are those within ViewRetention.
	All int
	// Days are those of the last days, the oldest first and today last.
	Days [ViewDays]int
}

// Recent are the views of the last ViewDays days.
func (v Views) Recent() int {
	n := 0
	for _, d := range v.Days {
		n += d
	}
	return n
}

// ViewsByJob counts the views of those of a tenant's jobs that have one of the ids. A job that nobody has looked at is missing.
func (s *Store) ViewsByJob(ctx context.Context, t board.Tenant, ids []int64) (map[int64]Views, error) {
	if len(ids) == 0 {
		return map[int64]Views{}, nil
	}
	var rows []struct {
		JobID int64 `db:"job_id"`
		Ago   int   `db:"ago"`
		Views int   `db:"views"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT v.job_id, least(($4::timestamptz AT TIME ZONE 'UTC')::date - v.day, $5) AS ago, sum(v.views)::bigint AS views
  FROM job_views v JOIN jobs j ON j.id = v.job_id
 WHERE v.job_id = ANY ($1) AND j.employer_id = $2 AND j.mode = $3 GROUP BY 1, 2`, pq.Int64Array(ids), t.EmployerID, t.Mode, s.db.Now(), ViewDays)
	if err != nil {
		return nil, fmt.Errorf("read views of jobs: %w", err)
	}
	found := make(map[int64]Views, len(ids))
	for _, r := range rows {
		v := found[r.JobID]
		v.All += r.Views
		if r.Ago >= 0 && r.Ago < ViewDays {
			v.Days[ViewDays-1-r.Ago] += r.Views
		}
		found[r.JobID] = v
	}
	return found, nil
}

// PurgeViewers deletes up to limit digests of visitors of days that are over, and returns how many.
func (s *Store) PurgeViewers(ctx context.Context, limit int) (int64, error) {
	return s.purgeDays(ctx, `
DELETE FROM job_viewers d USING (
    SELECT digest FROM job_viewers WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date LIMIT $2 FOR UPDATE SKIP LOCKED) old
 WHERE d.digest = old.digest`, 0, limit)
}

// PurgeViews deletes up to limit counts older than ViewRetention, and returns how many.
func (s *Store) PurgeViews(ctx context.Context, limit int) (int64, error) {
	return s.purgeDays(ctx, `
DELETE FROM job_views d USING (
    SELECT job_id, day FROM job_views WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date LIMIT $2 FOR UPDATE SKIP LOCKED) old
 WHERE d.job_id = old.job_id AND d.day = old.day`, ViewRetention, limit)
}

func (s *Store) purgeDays(ctx context.Context, statement string, kept time.Duration, limit int) (n int64, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err = tx.Exec(ctx, statement, tx.Now.Add(-kept), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge views of jobs: %w", err)
	}
	return n, nil
}
