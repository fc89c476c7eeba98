// Command ogen goes through the story with clients that ogen has generated.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ogen-go/ogen/http"

	"clients/ogen/intake"
	"clients/ogen/v1"
	"clients/story"
)

func main() {}

var (
	_ = bytes.Equal
	_ = context.Background
	_ = errors.Is
	_ = fmt.Println
	_ = io.ReadAll
	_ = os.Getenv
	_ http.MultipartFile
	_ = intake.NewClient
	_ = v1.NewClient
	_ = story.CV
)
