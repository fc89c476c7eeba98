// A client that orval has generated.
import * as intake from './orval/intake';
import * as v1 from './orval/v1';
import { type Answer, type Client, run } from './story';

async function answer<T>(call: Promise<{ data: unknown; status: number; headers: Headers }>): Promise<Answer<T>> {
  const { data, status, headers } = await call;
  if (status < 300) return { status, headers, data: data as T };
  return { status, headers, code: typeof data === 'object' && data !== null && 'code' in data ? String(data.code) : undefined };
}

function client(key: string): Client {
  const options = { headers: { Authorization: `Bearer ${key}` } };
  return {
    createJob: (draft) => answer<v1.Job>(v1.createJob(draft, options)),
    publishJob: (id) => answer<v1.Job>(v1.publishJob(id, {}, options)),
    listJobs: (pageSize, cursor) => answer<v1.JobList>(v1.listJobs({ pageSize, cursor }, options)),
    searchCandidates: (q) => answer<v1.CandidateSearchResult>(v1.searchCandidates({ q }, options)),
    getMe: () => answer<v1.Me>(v1.getMe(options)),
    clearCity: (id) => answer<v1.Job>(v1.patchJob(id, { city: null }, options)),
    apply: (id, cv) =>
      answer(intake.applyToJob(id, { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', cv }, { headers: { Accept: 'application/json' } })),
    listApplications: (id) => answer<v1.ApplicationList>(v1.listJobApplications(id, undefined, options)),
    downloadCv: (id) => answer<Blob>(v1.downloadApplicationCv(id, options)),
    createWebhook: (url) => answer<v1.WebhookWithSecret>(v1.createWebhook({ url, events: ['job.published'] }, options)),
    testWebhook: (id) => answer(v1.testWebhook(id, options)),
  };
}

run(client);
