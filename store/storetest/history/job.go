package history

import (
	"maps"
	"slices"

	"github.com/anishathalye/porcupine"
)

// OnJob is a request about one job.
type OnJob struct {
	Job  int64
	Verb string // read, publish, close, or title
	// Title is what the job is called from then on.
	Title string
}

// JobAnswer has what was read, or whether the change was made.
type JobAnswer struct {
	Status, Title string
	Done          bool
}

// Job is a register of status and title: Draft, Active, Deactivated. Each job begins with one title.
func Job(title string) porcupine.Model {
	m := model(JobAnswer{Status: "Draft", Title: title}, func(job JobAnswer, in OnJob, out JobAnswer) (bool, JobAnswer) {
		switch in.Verb {
		case "read":
			return out.Status == job.Status && out.Title == job.Title, job
		case "publish":
			if !out.Done {
				return job.Status != "Draft", job
			}
			return job.Status == "Draft", JobAnswer{Status: "Active", Title: job.Title}
		case "close":
			return out.Done, JobAnswer{Status: "Deactivated", Title: job.Title}
		default:
			return out.Done, JobAnswer{Status: job.Status, Title: in.Title}
		}
	})
	m.Partition = func(history []porcupine.Operation) [][]porcupine.Operation {
		byJob := map[int64][]porcupine.Operation{}
		for _, o := range history {
			in, _ := o.Input.(OnJob) // anything else is refused by the model
			byJob[in.Job] = append(byJob[in.Job], o)
		}
		return slices.Collect(maps.Values(byJob))
	}
	return m
}
