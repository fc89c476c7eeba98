package main

import (
	"slices"
	"testing"

	"github.com/anishathalye/porcupine"
)

// Histories of what concurrent clients have asked and been answered are judged by porcupine: is there an order of all requests, each
// between its beginning and its end, in which one copy without faults would have answered so?

// onCredits is a request about the credits of one employer.
type onCredits struct {
	grant   int64 // more credits
	publish bool  // takes one credit; otherwise the balance is read, or granted
}

// creditsAnswer tells whether a publication was paid, and otherwise the balance.
type creditsAnswer struct {
	paid    bool
	balance int64
}

// credits go up by grants and down by one with each publication, never below zero.
func credits(first int64) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(state, input, output any) (bool, any) {
			balance, in, out := state.(int64), input.(onCredits), output.(creditsAnswer)
			switch {
			case in.publish && out.paid:
				return balance > 0, balance - 1
			case in.publish:
				return balance == 0, balance
			}
			balance += in.grant
			return balance == out.balance, balance
		},
	}
}

// onJob is a request about one job.
type onJob struct {
	job  int64
	verb string // read, publish, close, or title
	// title is what the job is called from then on.
	title string
}

// jobAnswer has what was read, or whether the change was made.
type jobAnswer struct {
	status, title string
	done          bool
}

// aJob is a register of status and title: Draft, Active, Deactivated.
var aJob = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byJob := map[int64][]porcupine.Operation{}
		for _, o := range history {
			job := o.Input.(onJob).job
			byJob[job] = append(byJob[job], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range byJob {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return jobAnswer{status: "Draft", title: "IT Manager"} },
	Step: func(state, input, output any) (bool, any) {
		job, in, out := state.(jobAnswer), input.(onJob), output.(jobAnswer)
		switch in.verb {
		case "read":
			return out.status == job.status && out.title == job.title, job
		case "publish":
			if !out.done {
				return job.status != "Draft", job
			}
			return job.status == "Draft", jobAnswer{status: "Active", title: job.title}
		case "close":
			return out.done, jobAnswer{status: "Deactivated", title: job.title}
		default:
			return out.done, jobAnswer{status: job.status, title: in.title}
		}
	},
}

// at is a request from one moment to another.
func at(call, end int64, input, output any) porcupine.Operation {
	return porcupine.Operation{Call: call, Return: end, Input: input, Output: output}
}

func TestHistoriesThatNoOneCopyWouldHaveAreFound(t *testing.T) {
	t.Parallel()
	publish := onCredits{publish: true}
	paid, refused := creditsAnswer{paid: true}, creditsAnswer{}
	good := []porcupine.Operation{
		at(0, 10, publish, paid), at(1, 9, publish, refused), at(11, 12, onCredits{}, creditsAnswer{balance: 0}),
		at(13, 20, onCredits{grant: 2}, creditsAnswer{balance: 2}), at(14, 30, publish, paid), at(31, 32, onCredits{}, creditsAnswer{balance: 1}),
	}
	if !porcupine.CheckOperations(credits(1), good) {
		t.Error("a good history of credits is refused")
	}
	for name, bad := range map[string][]porcupine.Operation{
		"a credit that is spent twice": {at(0, 10, publish, paid), at(1, 9, publish, paid)},
		"a grant that is lost":         {at(0, 5, onCredits{grant: 2}, creditsAnswer{balance: 3}), at(6, 7, onCredits{}, creditsAnswer{balance: 1})},
		"a balance of before":          {at(0, 5, publish, paid), at(6, 7, onCredits{}, creditsAnswer{balance: 1})},
		"a refusal with credits":       {at(0, 5, publish, refused)},
		"a credit that is lost":        {at(0, 5, onCredits{}, creditsAnswer{balance: 0})},
	} {
		if porcupine.CheckOperations(credits(1), bad) {
			t.Errorf("%s is not found", name)
		}
	}

	read := func(call, end int64, status, title string) porcupine.Operation {
		return at(call, end, onJob{job: 1, verb: "read"}, jobAnswer{status: status, title: title})
	}
	done := jobAnswer{done: true}
	goodJob := []porcupine.Operation{
		at(0, 10, onJob{job: 1, verb: "publish"}, done), at(1, 11, onJob{job: 1, verb: "title", title: "A"}, done),
		read(2, 3, "Draft", "A"), read(12, 13, "Active", "A"), at(14, 15, onJob{job: 1, verb: "close"}, done), read(16, 17, "Deactivated", "A"),
		at(0, 1, onJob{job: 2, verb: "read"}, jobAnswer{status: "Draft", title: "IT Manager"}),
	}
	if !porcupine.CheckOperations(aJob, goodJob) {
		t.Error("a good history of a job is refused")
	}
	for name, bad := range map[string][]porcupine.Operation{
		"a title of before":             {read(16, 17, "Deactivated", "IT Manager")},
		"a status of before":            {read(16, 17, "Active", "A")},
		"a second publication":          {at(18, 19, onJob{job: 1, verb: "publish"}, done)},
		"a title that nobody has given": {read(20, 21, "Deactivated", "B")},
	} {
		if porcupine.CheckOperations(aJob, append(slices.Clone(goodJob), bad...)) {
			t.Errorf("%s is not found", name)
		}
	}
}
