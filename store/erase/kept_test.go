package erase_test

import (
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// A form that went back has kept the CV under the address as it was typed there, which an application writes in one form.
func TestAnErasureReachesTheCVOfAFormHoweverTheAddressWasTyped(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	ctx := t.Context()
	tenant := fixture.Account(t, s, "kept@northwind.example", 5)
	job := fixture.Active(t, s, tenant, nil)
	ada := fixture.Ada(job)
	ada.Applicant.Email = "ada@xn--bcher-kva.example"
	applied := fixture.Apply(t, s, ada)
	attempt, err := s.Pipeline.CountApplication(ctx, "192.0.2.9", 10)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(email string) {
		t.Helper()
		cv := board.CV{Name: "cv.txt", Kind: board.KindTXT, Bytes: []byte("a CV")}
		if _, err := s.Pipeline.KeepCV(ctx, attempt, pipeline.KeepCV{JobID: job.ID, Email: email, CV: cv}); err != nil {
			t.Fatal(err)
		}
	}
	for _, typed := range []string{" ada@bücher.example ", "ADA＠xn--bcher-kva.example", `"ada"@bücher.example.`} {
		keep(typed)
	}
	keep("grace@example.com")
	keep("no address")
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, applied.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	db := fixture.Raw(t, url)
	if n := fixture.Count(t, db, `SELECT count(*) FROM kept_cvs WHERE email NOT IN ('grace@example.com', 'no address')`); n != 0 {
		t.Errorf("%d files of forms of the person who was erased are kept", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM kept_cvs`); n != 2 {
		t.Errorf("%d files are kept; want those of the others, 2", n)
	}
}
