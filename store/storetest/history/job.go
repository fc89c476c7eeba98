package history

import "github.com/anishathalye/porcupine"

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
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byJob := map[int64][]porcupine.Operation{}
			for _, o := range history {
				job := o.Input.(OnJob).Job
				byJob[job] = append(byJob[job], o)
			}
			var parts [][]porcupine.Operation
			for _, part := range byJob {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return JobAnswer{Status: "Draft", Title: title} },
		Step: func(state, input, output any) (bool, any) {
			job, in, out := state.(JobAnswer), input.(OnJob), output.(JobAnswer)
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
		},
	}
}
