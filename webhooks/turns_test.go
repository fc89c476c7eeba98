package webhooks

import (
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func turnLane(employer, id int64, rows int) *lane {
	l := newLane(outbox.Lane{ID: id, Tenant: board.Tenant{EmployerID: employer}}, 50)
	for i := range rows {
		l.buffer = append(l.buffer, &item{Queued: outbox.Queued{DeliveryID: int64(i)}})
	}
	return l
}

func takeTurns(turns *turns, n int) []int64 {
	var ids []int64
	for range n {
		l := turns.next(false)
		if l == nil {
			break
		}
		ids = append(ids, l.ID)
		l.start()
		turns.add(l)
	}
	return ids
}

func TestTurnsGoRoundEmployersAndTheirLanes(t *testing.T) {
	t.Parallel()
	var turns turns
	for _, l := range []*lane{turnLane(1, 11, 1), turnLane(1, 12, 1), turnLane(1, 13, 1), turnLane(2, 21, 1), turnLane(3, 31, 1)} {
		turns.add(l)
		turns.add(l)
	}
	if diff := cmp.Diff([]int64{11, 21, 31, 12, 13}, takeTurns(&turns, 10)); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
}

func TestTurnsPreferLanesWithNothingOut(t *testing.T) {
	t.Parallel()
	var turns turns
	turns.add(turnLane(1, 1, 40))
	if diff := cmp.Diff([]int64{1, 1, 1}, takeTurns(&turns, 3)); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
	turns.add(turnLane(2, 2, 1))
	if diff := cmp.Diff([]int64{2, 1, 1}, takeTurns(&turns, 3)); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
	if l := turns.next(true); l != nil {
		t.Errorf("lane %d has something out", l.ID)
	}
}

func TestTurnsStarveNobody(t *testing.T) {
	t.Parallel()
	var turns turns
	busy := turnLane(1, 1, 40)
	busy.start()
	turns.add(busy)
	for i := range int64(20) {
		turns.add(turnLane(2, 100+i, 1))
	}
	got := 0
	for _, id := range takeTurns(&turns, 17) {
		if id == 1 {
			got++
		}
	}
	if got != 2 {
		t.Errorf("a busy lane had %d of 17 turns, want 2", got)
	}
}

func TestTurnsMoveALaneUpWhenNothingIsOut(t *testing.T) {
	t.Parallel()
	var turns turns
	l := turnLane(1, 1, 5)
	l.start()
	turns.add(l)
	l.settle(0)
	turns.add(l)
	if got := turns.next(true); got != l {
		t.Errorf("next is %v, want the lane that has nothing out any more", got)
	}
	if got := turns.next(false); got != nil {
		t.Errorf("lane %d had two turns", got.ID)
	}
}

func TestTurnsSkipLanesThatWereShut(t *testing.T) {
	t.Parallel()
	var turns turns
	l := turnLane(1, 1, 5)
	turns.add(l)
	l.shut()
	if got := turns.next(false); got != nil {
		t.Errorf("lane %d had a turn", got.ID)
	}
}

func TestQueueKeepsOrder(t *testing.T) {
	t.Parallel()
	var q queue[int]
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
