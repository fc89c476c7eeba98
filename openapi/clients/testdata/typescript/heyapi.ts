// A client that @hey-api/openapi-ts has generated.
import * as intake from './heyapi/intake';
import { createClient as createIntake } from './heyapi/intake/client';
import * as v1 from './heyapi/v1';
import { createClient } from './heyapi/v1/client';
import { type Answer, type Client, run, setting } from './story';

const baseUrl = setting('API_URL');
const forms = createIntake({ baseUrl });

// The error is unknown to the types, because a 401 has none.
async function answer<T>(call: Promise<{ data?: T; error?: unknown; response?: Response }>): Promise<Answer<T>> {
  const { data, error, response } = await call;
  if (!response) throw error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
  return { status: response.status, headers: response.headers, data, code };
}

function client(key: string): Client {
  const c = createClient({ baseUrl, auth: ({ type }) => (type === 'http' ? key : undefined) });
  return {
    createJob: (body) => answer(v1.createJob({ client: c, body })),
    publishJob: (id) => answer(v1.publishJob({ client: c, path: { id } })),
    listJobs: (pageSize, cursor) => answer(v1.listJobs({ client: c, query: { pageSize, cursor } })),
    searchCandidates: (q) => answer(v1.searchCandidates({ client: c, query: { q } })),
    getMe: () => answer(v1.getMe({ client: c })),
    clearCity: (id) => answer(v1.patchJob({ client: c, path: { id }, body: { city: null } })),
    apply: (id, cv) =>
      answer(
        intake.applyToJob({
          client: forms,
          path: { id },
          headers: { Accept: 'application/json' },
          body: { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', cv },
        }),
      ),
    listApplications: (id) => answer(v1.listJobApplications({ client: c, path: { id } })),
    downloadCv: (id) => answer<Blob>(v1.downloadApplicationCv({ client: c, path: { id }, parseAs: 'blob' }) as Promise<{ data?: Blob; error?: unknown; response?: Response }>),
    createWebhook: (url) => answer(v1.createWebhook({ client: c, body: { url, events: ['job.published'] } })),
    testWebhook: (id) => answer(v1.testWebhook({ client: c, path: { id } })),
  };
}

run(client);
