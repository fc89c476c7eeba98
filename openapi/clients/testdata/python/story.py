"""Goes through the story with clients that openapi-generator has generated."""
import hashlib
import hmac
import json
import os
import re
import urllib.request

import intake
import v1


def apis(key):
    configuration = v1.Configuration(host=os.environ["API_URL"])
    configuration.access_token = key
    # Else urllib3 waits by itself as long as a 429 tells it to, and nobody learns of it.
    configuration.retries = False
    return v1.ApiClient(configuration)


def refusal(call):
    try:
        call()
    except v1.ApiException as e:
        return e
    raise SystemExit("nothing was refused")


def draft(title):
    return v1.JobCreate(title=title, description="<p>Lead the team.</p>", city="London", country="United Kingdom",
                        employment_type="FullTime", remote_type="FullyRemote", apply_method="DirectApply")


def receive(secret):
    """Waits for the next webhook, verifies it and returns the event. See docs/webhooks/profiles/native.md."""
    with urllib.request.urlopen(os.environ["HOOK_URL"]) as res:
        body = res.read()
        at, signature = re.fullmatch(r"t=(\d+),v1=([0-9a-f]+)", res.headers["X-Webhook-Signature"]).groups()
        wanted = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(wanted, signature), "the signature is wrong"
        return res.headers["X-Webhook-Event"]


client = apis(os.environ["API_KEY"])
jobs = v1.JobsApi(client)

job = jobs.create_job(draft("Platform Lead"))
print("created", job.status)
print("published", jobs.publish_job(job.id).status)

for title in ("Head of IT", "IT Manager"):
    jobs.create_job(v1.JobCreate(title=title))
walked, more = 0, {}
while True:
    page = jobs.list_jobs(page_size=1, **more)
    walked += len(page.items)
    if not page.next_cursor:
        break
    more = {"cursor": page.next_cursor}
print("walked", walked, "jobs")

print("found", len(v1.CandidatesApi(client).search_candidates(q="kubernetes").items), "candidates")

print("refused", refusal(v1.AccountApi(apis("pk_live_wrong")).get_me).status)
poor = v1.JobsApi(apis(os.environ["NO_CREDITS_KEY"]))
unpaid = poor.create_job(draft("Platform Lead"))
refused = refusal(lambda: poor.publish_job(unpaid.id))
print("refused", refused.status, json.loads(refused.body)["code"])
limited = v1.AccountApi(apis(os.environ["LIMITED_KEY"]))
refused = refusal(lambda: [limited.get_me() for _ in range(2)])
if int(refused.headers["Retry-After"]) > 0:
    print("refused", refused.status, "and told to wait")

# An object of a model leaves out what is None, so null is sent with a dictionary.
cleared = jobs.patch_job(job.id, {"city": None})
if cleared.city is None and cleared.country is not None:
    print("cleared city")

forms = intake.ApiClient(intake.Configuration(host=os.environ["API_URL"]))
intake.ApplyingApi(forms).apply_to_job(job.id, "Ada", "Lovelace", "ada@example.com", cv=os.environ["CV_FILE"])
print("applied")
applications = v1.ApplicationsApi(client)
application = applications.list_job_applications(job.id).items[0]
with open(applications.download_application_cv(application.id), "rb") as got, open(os.environ["CV_FILE"], "rb") as want:
    if got.read() == want.read():
        print("downloaded the same file")

webhooks = v1.WebhooksApi(client)
webhook = webhooks.create_webhook(v1.WebhookCreate(url=os.environ["HOOK_URL"], events=["job.published"]))
print("webhook", webhook.status)
webhooks.test_webhook(webhook.id)
print("received", receive(webhook.secret), "and verified it")
