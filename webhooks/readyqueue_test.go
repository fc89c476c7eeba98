package webhooks

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
)

func readyLane(employer, id int64, rows int) *lane {
	l := newLane(outbox.Lane{ID: id, Tenant: board.Tenant{EmployerID: employer}}, 50)
	for i := range rows {
		l.buffer = append(l.buffer, &item{Queued: outbox.Queued{DeliveryID: int64(i)}})
	}
	return l
}

func popLanes(q *readyQueue, n int) []int64 {
	var ids []int64
	for range n {
		l := q.pop(false)
		if l == nil {
			break
		}
		ids = append(ids, l.ID)
		l.start()
		q.push(l)
	}
	return ids
}

func TestReadyQueueGoesRoundEmployersAndTheirLanes(t *testing.T) {
	t.Parallel()
	var q readyQueue
	for _, l := range []*lane{readyLane(1, 11, 1), readyLane(1, 12, 1), readyLane(1, 13, 1), readyLane(2, 21, 1), readyLane(3, 31, 1)} {
		q.push(l)
		q.push(l)
	}
	if diff := cmp.Diff([]int64{11, 21, 31, 12, 13}, popLanes(&q, 10)); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
}

func TestReadyQueuePrefersIdleLanes(t *testing.T) {
	t.Parallel()
	var q readyQueue
	q.push(readyLane(1, 1, 40))
	if diff := cmp.Diff([]int64{1, 1, 1}, popLanes(&q, 3)); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
	q.push(readyLane(2, 2, 1))
	if diff := cmp.Diff([]int64{2, 1, 1}, popLanes(&q, 3)); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
	if l := q.pop(true); l != nil {
		t.Errorf("lane %d is not idle", l.ID)
	}
}

func TestReadyQueueStarvesNoLane(t *testing.T) {
	t.Parallel()
	var q readyQueue
	busy := readyLane(1, 1, 40)
	busy.start()
	q.push(busy)
	for i := range int64(20) {
		q.push(readyLane(2, 100+i, 1))
	}
	got := 0
	for _, id := range popLanes(&q, 17) {
		if id == 1 {
			got++
		}
	}
	if got != 2 {
		t.Errorf("a busy lane was taken %d times of 17, want 2", got)
	}
}

func TestReadyQueueMovesALaneUpWhenItIsIdle(t *testing.T) {
	t.Parallel()
	var q readyQueue
	l := readyLane(1, 1, 5)
	l.start()
	q.push(l)
	l.settle(0)
	q.push(l)
	if got := q.pop(true); got != l {
		t.Errorf("pop = %v, want the lane that has become idle", got)
	}
	if got := q.pop(false); got != nil {
		t.Errorf("lane %d was taken twice", got.ID)
	}
}

func TestReadyQueueSkipsClosedLanes(t *testing.T) {
	t.Parallel()
	var q readyQueue
	l := readyLane(1, 1, 5)
	q.push(l)
	l.close()
	if got := q.pop(false); got != nil {
		t.Errorf("lane %d was taken", got.ID)
	}
}

func TestFIFOKeepsOrder(t *testing.T) {
	t.Parallel()
	var q fifo[int]
	next := 0
	for i := range 10_000 {
		q.push(i)
		if i%3 != 0 {
			if got := q.pop(); got != next {
				t.Fatalf("pop = %d, want %d", got, next)
			}
			next++
		}
	}
	for q.len() > 0 {
		if got := q.pop(); got != next {
			t.Fatalf("pop = %d, want %d", got, next)
		}
		next++
	}
	if next != 10_000 {
		t.Errorf("%d came out", next)
	}
}
