package contracttest

import (
	"strconv"
	"strings"
	"testing"
)

// unreachable are the statuses that no request here brings about, with the reason. Those of one operation stand under its name.
var unreachable = map[string]string{
	"500": "a fault of ours; TestSnapshots breaks the database for it",
	"503": "the database is away; TestSnapshots takes it away",
	"429": "limits are raised, or nothing else would be answered; TestSnapshots reaches them",
	"409": "a twin under the same Idempotency-Key must be under way at this moment; TestSnapshots holds one up",
	"410": "the recorded answer must tell of a person who was erased since; TestAnAnswerAboutAnErasedPersonIsGone erases one",
}

// checkStatuses names each status that the contract declares and that was neither reached nor is unreachable.
func (f *fuzzer) checkStatuses(t *testing.T) {
	t.Helper()
	for _, op := range f.operations {
		for status := range op.Responses.Map() {
			code, err := strconv.Atoi(status)
			if err != nil || f.reached[op.OperationID][code] > 0 || unreachable[status] != "" || unreachable[op.OperationID+" "+status] != "" {
				continue
			}
			t.Errorf("%s never answered %d: reach it, or name it as unreachable with its reason in statuses_test.go. It answered %v", op.OperationID, code, f.reached[op.OperationID])
		}
	}
	for name := range unreachable {
		if id, status, ok := strings.Cut(name, " "); ok {
			if code, _ := strconv.Atoi(status); f.reached[id][code] > 0 {
				t.Errorf("%s has answered %s, which is said to be unreachable", id, status)
			}
		}
	}
}
