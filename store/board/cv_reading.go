package board

import "time"

// ReadingEnd says how the reading of the text of a CV ended.
type ReadingEnd int

// The ends of a reading.
const (
	// ReadingDone has a text, or a problem that says why there is none.
	ReadingDone ReadingEnd = iota
	// ReadingNotBegun says nothing of the file: every reader was taken.
	ReadingNotBegun
	// ReadingSlow was stopped because it took too long.
	ReadingSlow
	// ReadingCrashed ended the process that read the file.
	ReadingCrashed
	// ReadingFailed is a fault of ours: no process could be started.
	ReadingFailed
)

// CVReading is what came of reading a CV. Problem is a sentence; it is empty when there is a text, and when the reading was not
// begun.
type CVReading struct {
	End           ReadingEnd
	Text, Problem string
}

const (
	// CVPatience is how long somebody who applies waits at most for the text of the CV to be read. What is not read by then is read
	// after the answer.
	CVPatience = 2 * time.Second
	// SlowCVLimit is how long the text of a CV may take that was not read within CVPatience.
	SlowCVLimit = 10 * time.Second
	// MaxCVReadings is how often the reading of a CV is begun, also by copies of the program that are killed meanwhile.
	MaxCVReadings = 3

	// MaxWaitingCVs bounds the CVs that wait to be read: at SlowCVLimit each they take a copy of the program under six hours.
	MaxWaitingCVs = 2000
	// maxWaitingOfNetwork is for a stranger's network, whose form takes DefaultApplyLimit in an hour.
	maxWaitingOfNetwork = 20
	// maxWaitingOfEmployer is for what an employer's mail provider, job board and test mode send.
	maxWaitingOfEmployer = 200
)

// ProblemUnread is the sentence for a CV that we failed to read, through no fault of the file.
const ProblemUnread = "The file could not be read here."

// Hard tells whether the file is one that takes long or brings its reader down. It is read when others are not waiting.
func (r CVReading) Hard() bool { return r.End == ReadingSlow || r.End == ReadingCrashed }

// Settles tells whether a reading decides about the file. Otherwise it is read once more. hard tells that the file was so before
// this reading, and begun is how often a reading was begun, this one counted.
func (r CVReading) Settles(hard bool, begun int) bool {
	switch r.End {
	case ReadingDone:
		return true
	case ReadingSlow, ReadingCrashed:
		return hard || begun >= MaxCVReadings
	case ReadingFailed:
		return begun >= MaxCVReadings
	case ReadingNotBegun:
	}
	return false
}

// CVReadingLimit is how long the reading of a file may take. One that has not been slow yet is stopped early, so that it does not
// keep others waiting.
func CVReadingLimit(hard bool) time.Duration {
	if hard {
		return SlowCVLimit
	}
	return CVPatience
}

// The errors of an application whose CV can't be queued. Nothing of it was stored.
var (
	ErrNetworkWaits = ErrorAfter(time.Minute, CodeRateLimited, "Many files from your network are still being read. Send this again in a minute.")
	ErrCVsWait      = ErrorAfter(time.Minute, CodeUnavailable, "Many files are waiting to be read at the moment. Send this again in a minute.")
)

// CheckWaitingCVs tells whether another CV may wait, when so many of the same source and of all are waiting. stranger tells that the
// source is the network of a stranger, and not an employer. Errors: ErrNetworkWaits; ErrCVsWait.
func CheckWaitingCVs(ofSource, all int, stranger bool) error {
	switch {
	case stranger && ofSource >= maxWaitingOfNetwork:
		return ErrNetworkWaits
	case all >= MaxWaitingCVs, !stranger && ofSource >= maxWaitingOfEmployer:
		return ErrCVsWait
	}
	return nil
}
