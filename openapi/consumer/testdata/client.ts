// What a partner's program looks like with the generated types: it must compile.
import createClient from 'openapi-fetch';
import type { paths as EndpointPaths } from './autotechjobs';
import type { components, paths } from './v1';
import type { components as ComponentsIn31, webhooks } from './v1in31';

const client = createClient<paths>({ baseUrl: 'https://jobs.example.com', headers: { Authorization: 'Bearer pk_test_x' } });

export async function post(title: string): Promise<string> {
  const created = await client.POST('/api/v1/jobs', {
    params: { header: { 'Idempotency-Key': 'a-key' } },
    body: { title, remoteType: 'HybridRemote', salary: null, requiredSkills: ['Go'] },
  });
  if (!created.data) {
    // A 401 has no body, and so no error.
    const fields: string[] = (created.error?.errors ?? []).map((e) => `${e.field} ${e.message}`);
    return `${created.error?.code ?? 'not signed in'}: ${fields.join(', ')}`;
  }
  const published = await client.POST('/api/v1/jobs/{id}/publish', { params: { path: { id: created.data.id } }, body: {} });
  // A key that only proposes is answered a proposal, which waits for a person.
  if (published.data && 'expiresAt' in published.data) return published.data.status;
  const job: components['schemas']['Job'] | undefined = published.data;
  const city: string | null | undefined = job?.city;
  return city ?? 'no city';
}

export async function* walk(): AsyncGenerator<components['schemas']['JobSummary']> {
  let cursor: string | undefined;
  do {
    const { data } = await client.GET('/api/v1/jobs', { params: { query: { status: ['Active', 'Draft'], sort: '-updatedAt', cursor } } });
    yield* data?.items ?? [];
    cursor = data?.nextCursor;
  } while (cursor);
}

const endpoints = createClient<EndpointPaths>({ baseUrl: 'https://jobs.example.com', headers: { Authorization: 'Bearer pk_test_x' } });

export async function subscribe(url: string): Promise<string> {
  const created = await endpoints.POST('/v1/webhooks', { body: { url, events: ['job.created', 'application.status_updated'] } });
  return created.data?.data.secret ?? created.error?.message ?? 'not signed in';
}

// The document in OpenAPI 3.1 tells what a webhook gets, and of everything else the same.
type Told = webhooks['job.created']['post']['requestBody']['content']['application/json'];

export function heading(told: Told): string {
  return `${told.jobTitle} (${told.reference ?? told.jobPostId})`;
}

export const asIn31 = (job: components['schemas']['Job']): ComponentsIn31['schemas']['Job'] => job;
export const asIn30 = (job: ComponentsIn31['schemas']['Job']): components['schemas']['Job'] => job;
