<?php
// Goes through the story with clients that openapi-generator has generated.
require __DIR__ . '/guzzle.php';

use GuzzleHttp\Client;

error_reporting(E_ALL & ~E_DEPRECATED);

function configured(string $key): V1\Configuration
{
    return (new V1\Configuration())->setHost(getenv('API_URL'))->setAccessToken($key);
}

function refusal(callable $call): V1\ApiException
{
    try {
        $call();
    } catch (V1\ApiException $e) {
        return $e;
    }
    exit('nothing was refused');
}

function draft(string $title): V1\Model\JobCreate
{
    return new V1\Model\JobCreate([
        'title' => $title, 'description' => '<p>Lead the team.</p>', 'city' => 'London', 'country' => 'United Kingdom',
        'employment_type' => 'FullTime', 'remote_type' => 'FullyRemote', 'apply_method' => 'DirectApply',
    ]);
}

// Waits for the next webhook, verifies it and returns the event. See docs/webhooks/profiles/native.md.
function receive(string $secret): string
{
    $res = (new Client())->get(getenv('HOOK_URL'));
    preg_match('/^t=(\d+),v1=([0-9a-f]+)$/', $res->getHeaderLine('X-Webhook-Signature'), $parts) or exit('no signature');
    $wanted = hash_hmac('sha256', $parts[1] . '.' . $res->getBody(), $secret);
    hash_equals($wanted, $parts[2]) or exit('the signature is wrong');
    return $res->getHeaderLine('X-Webhook-Event');
}

$http = new Client();
$config = configured(getenv('API_KEY'));
$jobs = new V1\Api\JobsApi($http, $config);

$job = $jobs->createJob(draft('Platform Lead'));
echo "created {$job->getStatus()}\n";
echo "published {$jobs->publishJob($job->getId())->getStatus()}\n";

foreach (['Head of IT', 'IT Manager'] as $title) {
    $jobs->createJob(new V1\Model\JobCreate(['title' => $title]));
}
$walked = 0;
$cursor = null;
do {
    $page = $jobs->listJobs(page_size: 1, cursor: $cursor);
    $walked += count($page->getItems());
    $cursor = $page->getNextCursor();
} while ($cursor);
echo "walked $walked jobs\n";

$candidates = new V1\Api\CandidatesApi($http, $config);
echo 'found ', count($candidates->searchCandidates(q: 'kubernetes')->getItems()), " candidates\n";

$stranger = new V1\Api\AccountApi($http, configured('pk_live_wrong'));
echo 'refused ', refusal(fn () => $stranger->getMe())->getCode(), "\n";
$poor = new V1\Api\JobsApi($http, configured(getenv('NO_CREDITS_KEY')));
$unpaid = $poor->createJob(draft('Platform Lead'));
$refused = refusal(fn () => $poor->publishJob($unpaid->getId()));
echo "refused {$refused->getCode()} {$refused->getResponseObject()->getCode()}\n";
$limited = new V1\Api\AccountApi($http, configured(getenv('LIMITED_KEY')));
$refused = refusal(fn () => [$limited->getMe(), $limited->getMe()]);
if ((int) $refused->getResponseHeaders()['Retry-After'][0] > 0) {
    echo "refused {$refused->getCode()} and told to wait\n";
}

// An object of a model leaves out what is null, so null is sent with an array.
$cleared = $jobs->patchJob($job->getId(), ['city' => null]);
if ($cleared->getCity() === null && $cleared->getCountry() !== null) {
    echo "cleared city\n";
}

$applying = new Intake\Api\ApplyingApi($http, (new Intake\Configuration())->setHost(getenv('API_URL')));
$applying->applyToJob($job->getId(), 'Ada', 'Lovelace', 'ada@example.com', cv: new SplFileObject(getenv('CV_FILE')));
echo "applied\n";
$applications = new V1\Api\ApplicationsApi($http, $config);
$application = $applications->listJobApplications($job->getId())->getItems()[0];
$file = $applications->downloadApplicationCv($application->getId());
if (file_get_contents($file->getPathname()) === file_get_contents(getenv('CV_FILE'))) {
    echo "downloaded the same file\n";
}

$webhooks = new V1\Api\WebhooksApi($http, $config);
$webhook = $webhooks->createWebhook(new V1\Model\WebhookCreate(['url' => getenv('HOOK_URL'), 'events' => ['job.published']]));
echo "webhook {$webhook->getStatus()}\n";
$webhooks->testWebhook($webhook->getId());
echo 'received ', receive($webhook->getSecret()), " and verified it\n";
