// The story that every client goes through, over what it makes of the generated code.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface Answer<T> {
  status: number;
  headers: Headers;
  data?: T;
  // The code of an error.
  code?: string;
}

interface Job {
  id: number;
  status: string;
  city: string | null;
  country: string | null;
}

// What a key that only proposes gets in place of a job that it publishes.
interface Proposal {
  expiresAt: string;
}

export interface Draft {
  title: string;
  description?: string;
  city?: string;
  country?: string;
  employmentType?: 'FullTime';
  remoteType?: 'FullyRemote';
  applyMethod?: 'DirectApply';
}

// What a client can do with a key.
export interface Client {
  createJob(draft: Draft): Promise<Answer<Job>>;
  publishJob(id: number): Promise<Answer<Job | Proposal>>;
  listJobs(pageSize: number, cursor: string | undefined): Promise<Answer<{ items: unknown[]; nextCursor?: string }>>;
  searchCandidates(q: string): Promise<Answer<{ items: unknown[] }>>;
  getMe(): Promise<Answer<unknown>>;
  clearCity(id: number): Promise<Answer<Job>>;
  apply(job: number, file: File): Promise<Answer<unknown>>;
  listApplications(job: number): Promise<Answer<{ items: { id: number }[] }>>;
  downloadCv(application: number): Promise<Answer<Blob>>;
  createWebhook(url: string): Promise<Answer<{ id: number; status: string; secret: string }>>;
  testWebhook(id: number): Promise<Answer<unknown>>;
}

export const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

function must<T>(answer: Answer<T>): T {
  if (answer.status >= 300 || answer.data === undefined) throw new Error(`answered ${answer.status} ${answer.code ?? ''}`);
  return answer.data;
}

const draft = (title: string): Draft => ({
  title,
  description: '<p>Lead the team.</p>',
  city: 'London',
  country: 'United Kingdom',
  employmentType: 'FullTime',
  remoteType: 'FullyRemote',
  applyMethod: 'DirectApply',
});

export async function story(client: (key: string) => Client): Promise<void> {
  const c = client(setting('API_KEY'));
  const job = must(await c.createJob(draft('Platform Lead')));
  console.log('created', job.status);
  const published = must(await c.publishJob(job.id));
  if ('expiresAt' in published) throw new Error(`a person is asked first, until ${published.expiresAt}`);
  console.log('published', published.status);

  for (const title of ['Head of IT', 'IT Manager']) must(await c.createJob({ title }));
  let walked = 0;
  let cursor: string | undefined;
  do {
    const page = must(await c.listJobs(1, cursor));
    walked += page.items.length;
    cursor = page.nextCursor;
  } while (cursor);
  console.log('walked', walked, 'jobs');

  console.log('found', must(await c.searchCandidates('kubernetes')).items.length, 'candidates');

  console.log('refused', (await client('pk_live_wrong').getMe()).status);
  const poor = client(setting('NO_CREDITS_KEY'));
  const refused = await poor.publishJob(must(await poor.createJob(draft('Platform Lead'))).id);
  console.log('refused', refused.status, refused.code);
  for (let asked = 0; asked < 2; asked++) {
    const limited = await client(setting('LIMITED_KEY')).getMe();
    if (limited.status === 429 && Number(limited.headers.get('Retry-After')) > 0) {
      console.log('refused', limited.status, 'and told to wait');
      break;
    }
  }

  const cleared = must(await c.clearCity(job.id));
  if (cleared.city === null && cleared.country !== null) console.log('cleared city');

  const file = await readFile(setting('CV_FILE'));
  must(await c.apply(job.id, new File([new Uint8Array(file)], 'ada.txt', { type: 'text/plain' })));
  console.log('applied');
  const [application] = must(await c.listApplications(job.id)).items;
  if (!application) throw new Error('nobody has applied');
  const downloaded = must(await c.downloadCv(application.id));
  if (file.equals(Buffer.from(await downloaded.arrayBuffer()))) console.log('downloaded the same file');

  const webhook = must(await c.createWebhook(setting('HOOK_URL')));
  console.log('webhook', webhook.status);
  must(await c.testWebhook(webhook.id));
  console.log('received', await receive(webhook.secret), 'and verified it');
}

// receive waits for the next webhook, verifies it and returns the event. See docs/webhooks/profiles/native.md.
async function receive(secret: string): Promise<string> {
  const res = await fetch(setting('HOOK_URL'));
  const body = Buffer.from(await res.arrayBuffer());
  const [, at, signature] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(res.headers.get('X-Webhook-Signature') ?? '') ?? [];
  if (!at || !signature) throw new Error('no signature');
  const wanted = createHmac('sha256', secret).update(`${at}.`).update(body).digest();
  if (!timingSafeEqual(wanted, Buffer.from(signature, 'hex'))) throw new Error('the signature is wrong');
  return res.headers.get('X-Webhook-Event') ?? '';
}

export const run = (client: (key: string) => Client): void => {
  story(client).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
};
