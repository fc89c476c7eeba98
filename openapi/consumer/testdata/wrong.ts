// A program with mistakes that the generated types must not let pass: one on each line that is marked.
import createClient from 'openapi-fetch';
import type { paths as EndpointPaths } from './autotechjobs';
import type { paths } from './v1';
import type { webhooks } from './v1in31';

const client = createClient<paths>({ baseUrl: 'https://jobs.example.com' });

await client.POST('/api/v1/jobs', { body: { title: 'Lead', remoteType: 'Hybrid' } }); // wrong
await client.POST('/api/v1/jobs', { body: { city: 'London' } }); // wrong
await client.GET('/api/v1/jobs', { params: { query: { status: ['Open'] } } }); // wrong
await client.PATCH('/api/v1/jobs/{id}', { params: { path: { id: 1 } }, body: { title: null } }); // wrong
await client.GET('/api/v1/vacancies'); // wrong

const endpoints = createClient<EndpointPaths>({ baseUrl: 'https://jobs.example.com' });
await endpoints.POST('/v1/webhooks', { body: { url: 'https://a.example' } }); // wrong
await endpoints.GET('/v1/webhooks/{id}', { params: { path: { id: 7 } } }); // wrong

export const told: webhooks['job.created']['post']['requestBody']['content']['application/json']['jobPostId'] = null; // wrong
