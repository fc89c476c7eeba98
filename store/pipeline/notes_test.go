package pipeline_test

import (
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// The clocks of two machines differ a little: the copy that edits may be behind the one that has written.
func TestANoteIsEditedByACopyWhoseClockIsBehind(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "notes@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	note, err := s.Pipeline.CreateNote(t.Context(), tenant, a.ID, 1, "Call her")
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(-time.Second)
	if err := s.Pipeline.EditNote(t.Context(), tenant, a.ID, note.ID, account.User{ID: 1}, "Call her on Monday"); err != nil {
		t.Fatal(err)
	}
	edited, err := s.Pipeline.Note(t.Context(), tenant, a.ID, note.ID)
	if err != nil || edited.Text != "Call her on Monday" || edited.EditedAt == nil || edited.EditedAt.Before(note.At) {
		t.Errorf("%+v, %v", edited, err)
	}
}
