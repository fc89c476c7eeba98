package server_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board/apikey"
)

func TestANullSecretIsReplacedByARandomOne(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks, apikey.ScopeCVSearch)
	body := map[string]any{"url": hookURL, "events": []string{"job.expired"}, "secret": nil, "description": nil}
	drawn := readEndpoint(t, api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: "/v1/webhooks", Key: key, Body: body}))
	if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(drawn.Secret, "whsec_")); err != nil || len(raw) != 32 {
		t.Errorf("secret %q", drawn.Secret)
	}
}

func TestAnAbsentAddressNamesItsContract(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	for path, contract := range map[string]string{
		"/v1/webhook":     "/swagger/autotechjobs/swagger.json",
		"/v1/jobs":        "/swagger/autotechjobs/swagger.json",
		"/api/v1/webhook": "/swagger/v1/swagger.json",
		"/v2/webhooks":    "/swagger/v1/swagger.json",
	} {
		res := api.Want(t, 404, servertest.Request{Method: http.MethodGet, Path: path})
		if want := "listed at " + contract + "."; !strings.Contains(string(res.Body), want) {
			t.Errorf("%s: %s, want %q", path, res.Body, want)
		}
	}
}
