// A client over the types of openapi-typescript.
import createClient from 'openapi-fetch';
import type { paths as IntakePaths } from './intake';
import { type Answer, type Client, run, setting } from './story';
import type { paths } from './v1';

const baseUrl = setting('API_URL');
const intake = createClient<IntakePaths>({ baseUrl });

// A 401 has no body, and so no error.
async function answer<T>(call: Promise<{ data?: T; error?: { code?: string } | string; response: Response }>): Promise<Answer<T>> {
  const { data, error, response } = await call;
  return { status: response.status, headers: response.headers, data, code: typeof error === 'object' ? error.code : undefined };
}

function client(key: string): Client {
  const c = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
  return {
    createJob: (body) => answer(c.POST('/api/v1/jobs', { body })),
    publishJob: (id) => answer(c.POST('/api/v1/jobs/{id}/publish', { params: { path: { id } } })),
    listJobs: (pageSize, cursor) => answer(c.GET('/api/v1/jobs', { params: { query: { pageSize, cursor } } })),
    searchCandidates: (q) => answer(c.GET('/api/v1/candidates/search', { params: { query: { q } } })),
    getMe: () => answer(c.GET('/api/v1/me')),
    clearCity: (id) => answer(c.PATCH('/api/v1/jobs/{id}', { params: { path: { id } }, body: { city: null } })),
    apply: (id, cv) =>
      answer(
        intake.POST('/jobs/{id}/apply', {
          params: { path: { id } },
          headers: { Accept: 'application/json' },
          // A file is a string to the types; the form takes it as it is.
          body: { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', cv: cv as unknown as string },
          bodySerializer: (body) => {
            const form = new FormData();
            for (const [name, value] of Object.entries(body)) form.append(name, value);
            return form;
          },
        }),
      ),
    listApplications: (id) => answer(c.GET('/api/v1/jobs/{id}/applications', { params: { path: { id } } })),
    downloadCv: (id) => answer<Blob>(c.GET('/api/v1/applications/{id}/cv', { params: { path: { id } }, parseAs: 'blob' })),
    createWebhook: (url) => answer(c.POST('/api/v1/webhooks', { body: { url, events: ['job.published'] } })),
    testWebhook: (id) => answer(c.POST('/api/v1/webhooks/{id}/test', { params: { path: { id } } })),
  };
}

run(client);
