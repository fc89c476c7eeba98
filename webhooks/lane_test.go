package webhooks

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/outbox"
)

var laneEpoch = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

// rowsOf makes rows of a lane with these ids, each due a second after the one before.
func rowsOf(ids ...int64) []*item {
	rows := make([]*item, len(ids))
	for i, id := range ids {
		rows[i] = &item{Queued: outbox.Queued{DeliveryID: id, SubjectID: id, LaneID: 1, DueAt: laneEpoch.Add(time.Duration(id) * time.Second)}}
	}
	return rows
}

func testLane(rows ...int64) *lane {
	l := newLane(outbox.Lane{ID: 1}, 50)
	l.fetched(l.beginFetch(len(rows)+1), rowsOf(rows...))
	return l
}

func buffered(l *lane) []int64 {
	var ids []int64
	for _, it := range l.buffer {
		ids = append(ids, it.DeliveryID)
	}
	return ids
}

func TestLaneHasItsLimit(t *testing.T) {
	t.Parallel()
	l := newLane(outbox.Lane{ID: 1}, 3)
	l.fetched(l.beginFetch(100), rowsOf(1, 2, 3, 4, 5))
	var ids []int64
	for l.ready() {
		next, _ := l.start()
		ids = append(ids, next.DeliveryID)
	}
	if diff := cmp.Diff([]int64{1, 2, 3}, ids); diff != "" {
		t.Errorf("started (-want +got):\n%s", diff)
	}
	l.succeeded()
	if l.ready() {
		t.Error("a slot was free before the result was recorded")
	}
	l.settle(1)
	if !l.ready() {
		t.Error("no slot was free after the result was recorded")
	}
}

// TestLaneCountsFailures checks that an outage with 50 deliveries in flight is one failure, and that one delivery at a time follows.
func TestLaneCountsFailures(t *testing.T) {
	t.Parallel()
	ids := make([]int64, 80)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	l := testLane(ids...)
	generations := map[int64]int{}
	for l.ready() {
		next, g := l.start()
		generations[next.DeliveryID] = g
	}
	for id := range int64(50) {
		if l.failed(generations[id+1]) {
			t.Fatalf("disabled by failure %d of those that were in flight together", id+1)
		}
		l.settle(id + 1)
	}
	if l.failures != 1 || l.limit() != 1 {
		t.Fatalf("after 50 failures in flight together: %d counted, limit %d; want 1 and 1", l.failures, l.limit())
	}
	for n := 2; n <= 10; n++ {
		next, g := l.start()
		if l.ready() {
			t.Fatalf("two at once after a failure")
		}
		if disable := l.failed(g); disable != (n == 10) {
			t.Errorf("failure %d disables: %v", n, disable)
		}
		l.settle(next.DeliveryID)
	}
	next, g := l.start()
	if l.failed(g) {
		t.Error("disabled twice")
	}
	l.settle(next.DeliveryID)
}

func TestLaneSuccessResets(t *testing.T) {
	t.Parallel()
	l := testLane(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	for range 9 {
		next, g := l.start()
		if l.failed(g) {
			t.Fatal("disabled early")
		}
		l.settle(next.DeliveryID)
	}
	next, before := l.start()
	l.succeeded()
	l.settle(next.DeliveryID)
	if l.limit() != 50 {
		t.Errorf("limit after a success is %d", l.limit())
	}
	if l.failed(before) || l.failures != 1 {
		t.Errorf("the first failure after a success counts as %d", l.failures)
	}
	// An attempt that began before a counted failure is that failure, even if a success came in between.
	l.succeeded()
	if l.failed(before); l.failures != 0 {
		t.Errorf("a straggler of an earlier failure counts as %d", l.failures)
	}
}

func TestLaneReadsEachDeliveryOnce(t *testing.T) {
	t.Parallel()
	l := testLane(1, 2, 3)
	if diff := cmp.Diff([]int64{1, 2, 3}, buffered(l)); diff != "" {
		t.Fatalf("buffer (-want +got):\n%s", diff)
	}
	l.start()

	// After a new delivery the lane is read again from before its position, and known deliveries are skipped.
	l.deliveriesAdded()
	want := l.beginFetch(10)
	if want.After.DueAt != laneEpoch.Add(3*time.Second-lookBack) || want.Limit != 8+3 {
		t.Errorf("fetch asks for %+v", want)
	}
	// The snapshot of a fetch may be older than a result that is recorded meanwhile.
	l.settle(1)
	l.fetched(want, rowsOf(1, 2, 3, 4))
	if diff := cmp.Diff([]int64{2, 3, 4}, buffered(l)); diff != "" {
		t.Errorf("buffer (-want +got):\n%s", diff)
	}

	// The next fetch continues from there. A settled delivery is no longer known, so its retry is read.
	l.hasMore = true
	want = l.beginFetch(10)
	if want.After.SubjectID != 4 {
		t.Errorf("fetch asks for %+v", want)
	}
	l.fetched(want, rowsOf(1))
	if diff := cmp.Diff([]int64{2, 3, 4, 1}, buffered(l)); diff != "" {
		t.Errorf("buffer (-want +got):\n%s", diff)
	}
}

func TestLaneIsReadAgainAfterDeliveriesAddedDuringAFetch(t *testing.T) {
	t.Parallel()
	l := newLane(outbox.Lane{ID: 1}, 50)
	want := l.beginFetch(10)
	l.deliveriesAdded()
	l.fetched(want, nil)
	if !l.needsFetch(10) {
		t.Error("it is not read again")
	}
	l.fetched(l.beginFetch(10), nil)
	if l.needsFetch(10) {
		t.Error("it is read again and again")
	}
	l.deliveriesAdded()
	want = l.beginFetch(10)
	l.rewind()
	l.fetched(want, rowsOf(7))
	if got := l.beginFetch(10); got.After != (outbox.Position{}) {
		t.Errorf("after a rewind during a fetch the next begins at %+v", got.After)
	}
}

func TestLaneFillsItsBufferAtHalf(t *testing.T) {
	t.Parallel()
	l := newLane(outbox.Lane{ID: 1}, 50)
	l.fetched(l.beginFetch(4), rowsOf(1, 2, 3, 4))
	if l.needsFetch(4) {
		t.Error("a full lane is read")
	}
	l.start()
	l.start()
	if !l.needsFetch(4) {
		t.Error("a lane that is half empty is not read")
	}
	if want := l.beginFetch(4); want.Limit != 2 {
		t.Errorf("it asks for %d", want.Limit)
	}
}

func TestLaneDrains(t *testing.T) {
	t.Parallel()
	l := testLane(1, 2)
	l.start()
	l.close()
	if l.ready() || l.needsFetch(10) || l.drained() {
		t.Error("a closed lane goes on, or is drained too early")
	}
	l.settle(1)
	if !l.drained() {
		t.Error("it is not drained")
	}
}
