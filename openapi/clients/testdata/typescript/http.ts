// How a client of orval sends a request: to the address of the platform, and not taking every answer for JSON.
import { setting } from './story';

export async function http<T>(url: string, options: RequestInit): Promise<T> {
  const res = await fetch(setting('API_URL') + url, options);
  const json = res.headers.get('Content-Type')?.startsWith('application/json');
  const data = json ? await res.json() : await res.blob();
  return { data, status: res.status, headers: res.headers } as T;
}
