package careerjet_test

import (
	"bytes"
	"fmt"
	"net/http"

	"itmanagerjobs/webhooks/careerjet"
)

// A sender signs and encodes an application. A receiver decodes it and checks the signature.
func Example() {
	const secret = "s3cret"
	sent := careerjet.Application{
		JobID: "PL-001", FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com",
		CV:   &careerjet.File{Name: "cv.txt", MediaType: "text/plain", Content: []byte("Ada Lovelace, platforms")},
		UUID: "0a6ed2c3-3c7f-4f6d-9d0e-6a3f5f7a1b2c",
	}
	sent.SourceSignature = careerjet.Sign(sent.UUID, secret)
	encoded := careerjet.Encode(sent)

	received, err := careerjet.Decode(encoded.ContentType(), bytes.NewReader(encoded.Bytes()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(received.Verify(secret), received.Verify("another secret"))
	fmt.Printf("%s %s applied for %s with %s\n", received.FirstName, received.LastName, received.JobID, received.CV.Name)
	// Output:
	// true false
	// Ada Lovelace applied for PL-001 with cv.txt
}

// The answer of a receiver.
func ExampleReply() {
	fmt.Println(careerjet.Accepted.Status(), string(careerjet.Accepted.JSON()))
	fmt.Println(careerjet.JobNotFound.Status(), string(careerjet.JobNotFound.JSON()))
	// Output:
	// 200 {"status":"application accepted"}
	// 410 {"status":"job not found"}
}

// What a sender makes of an answer.
func ExampleClassify() {
	for _, status := range []int{http.StatusOK, http.StatusGone, http.StatusBadGateway} {
		outcome, reason := careerjet.Classify(status)
		fmt.Println(outcome == careerjet.Delivered, outcome == careerjet.Retry, reason)
	}
	// Output:
	// true false application accepted
	// false false 410 job not found
	// false true 502 Bad Gateway
}

// Anything that is not a form is a fault of the sender.
func ExampleDecode_fault() {
	_, err := careerjet.Decode("application/json", bytes.NewReader([]byte("{}")))
	fmt.Println(err)
	// Output:
	// careerjet: it is not multipart/form-data
}
