package server

import (
	"context"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// CertifyWebhook asks for a check of the receiver of a test webhook.
func (h *handlers) CertifyWebhook(ctx context.Context, r apiv1.CertifyWebhookRequestObject) (apiv1.CertifyWebhookResponseObject, error) {
	if err := h.requireScopeOfWebhook(ctx, r.ID); err != nil {
		return nil, err
	}
	c, err := h.server.store.Outbox.CreateCertification(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.CertifyWebhook202JSONResponse(toAPICertification(c)), nil
}

// GetCertification answers the report on a receiver.
func (h *handlers) GetCertification(ctx context.Context, r apiv1.GetCertificationRequestObject) (apiv1.GetCertificationResponseObject, error) {
	c, err := h.server.store.Outbox.Certification(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetCertification200JSONResponse(toAPICertification(c)), nil
}

func toAPICertification(c outbox.Certification) apiv1.Certification {
	out := apiv1.Certification{
		ID: c.ID, WebhookID: c.SubscriptionID, Status: apiv1.CertificationStatusRunning, Checks: converted(c.Checks, toAPIReceiverCheck),
		CreatedAt: c.CreatedAt, FinishedAt: c.FinishedAt,
	}
	if c.FinishedAt == nil {
		return out
	}
	passed := true
	for _, check := range c.Checks {
		passed = passed && check.Passed
	}
	out.Status, out.Passed = apiv1.CertificationStatusCompleted, &passed
	return out
}

func toAPIReceiverCheck(c delivery.ReceiverCheck) apiv1.ReceiverCheck {
	return apiv1.ReceiverCheck{
		Name: apiv1.ReceiverCheckName(c.Name), Passed: c.Passed, Status: orNil(c.Status), Milliseconds: c.Took.Milliseconds(), Finding: orNil(c.Finding()),
	}
}
