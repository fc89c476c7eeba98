# Goes through the story with clients that openapi-generator has generated.
require 'json'
require 'logger'
require 'net/http'
require 'openssl'
require 'uri'
require 'v1'
require 'intake'

def configured(config)
  uri = URI(ENV.fetch('API_URL'))
  config.scheme = uri.scheme
  config.host = "#{uri.host}:#{uri.port}"
  config.logger = Logger.new($stderr, level: Logger::WARN)
  config
end

def client(key)
  config = configured(V1::Configuration.new)
  config.access_token = key
  V1::ApiClient.new(config)
end

def refusal
  yield
  abort 'nothing was refused'
rescue V1::ApiError => e
  e
end

def draft(title)
  V1::JobCreate.new(title: title, description: '<p>Lead the team.</p>', city: 'London', country: 'United Kingdom',
                    employment_type: 'FullTime', remote_type: 'FullyRemote', apply_method: 'DirectApply')
end

# Waits for the next webhook, verifies it and returns the event. See docs/webhooks/profiles/native.md.
def receive(secret)
  res = Net::HTTP.get_response(URI(ENV.fetch('HOOK_URL')))
  at, signature = res['X-Webhook-Signature'].match(/\At=(\d+),v1=([0-9a-f]+)\z/).captures
  wanted = OpenSSL::HMAC.hexdigest('SHA256', secret, "#{at}.#{res.body}")
  abort 'the signature is wrong' unless OpenSSL.secure_compare(wanted, signature)
  res['X-Webhook-Event']
end

client = client(ENV.fetch('API_KEY'))
jobs = V1::JobsApi.new(client)

job = jobs.create_job(draft('Platform Lead'))
puts "created #{job.status}"
puts "published #{jobs.publish_job(job.id).status}"

['Head of IT', 'IT Manager'].each { |title| jobs.create_job(V1::JobCreate.new(title: title)) }
walked = 0
more = {}
loop do
  page = jobs.list_jobs(page_size: 1, **more)
  walked += page.items.size
  break unless page.next_cursor

  more = { cursor: page.next_cursor }
end
puts "walked #{walked} jobs"

puts "found #{V1::CandidatesApi.new(client).search_candidates(q: 'kubernetes').items.size} candidates"

puts "refused #{refusal { V1::AccountApi.new(client('pk_live_wrong')).get_me }.code}"
poor = V1::JobsApi.new(client(ENV.fetch('NO_CREDITS_KEY')))
unpaid = poor.create_job(draft('Platform Lead'))
refused = refusal { poor.publish_job(unpaid.id) }
puts "refused #{refused.code} #{JSON.parse(refused.response_body)['code']}"
limited = V1::AccountApi.new(client(ENV.fetch('LIMITED_KEY')))
refused = refusal { 2.times { limited.get_me } }
puts "refused #{refused.code} and told to wait" if refused.response_headers['Retry-After'].to_i.positive?

cleared = jobs.patch_job(job.id, V1::JobPatch.new(city: nil))
puts 'cleared city' if cleared.city.nil? && !cleared.country.nil?

applying = Intake::ApplyingApi.new(Intake::ApiClient.new(configured(Intake::Configuration.new)))
applying.apply_to_job(job.id, 'Ada', 'Lovelace', 'ada@example.com', cv: File.open(ENV.fetch('CV_FILE')))
puts 'applied'
applications = V1::ApplicationsApi.new(client)
application = applications.list_job_applications(job.id).items.first
file = applications.download_application_cv(application.id)
puts 'downloaded the same file' if File.binread(file.path) == File.binread(ENV.fetch('CV_FILE'))

webhooks = V1::WebhooksApi.new(client)
webhook = webhooks.create_webhook(V1::WebhookCreate.new(url: ENV.fetch('HOOK_URL'), events: ['job.published']))
puts "webhook #{webhook.status}"
webhooks.test_webhook(webhook.id)
puts "received #{receive(webhook.secret)} and verified it"
