/**
 * Files that really travel, by HTTP: what a station uploads and downloads when it is told to. Takes real time, so that whoever calls
 * must hold simulated time meanwhile.
 */

const PATIENCE_MS = 60_000;
/** A firmware image that is larger counts as a failed download. */
const MAX_BYTES = 67_108_864;

/** Whether a location can be reached this way; `ftp` cannot. */
export function isReachableByHttp(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

/** Puts a file at a location; one that ends in a slash is a folder, and gets the file's name. @returns whether it was taken */
export async function uploadFile(location: string, fileName: string, content: string): Promise<boolean> {
  const { url, headers } = split(location);
  if (url.pathname.endsWith('/')) url.pathname += encodeURIComponent(fileName);
  const response = await attempt(url, {
    method: 'PUT',
    body: content,
    headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
  });
  await response?.body?.cancel();
  return response?.ok === true;
}

/** Reads a file. @returns its size in bytes; undefined when it cannot be had */
export async function downloadFile(location: string): Promise<number | undefined> {
  const { url, headers } = split(location);
  const response = await attempt(url, { headers });
  if (response?.ok !== true || response.body === null) {
    await response?.body?.cancel();
    return undefined;
  }
  let size = 0;
  try {
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > MAX_BYTES) return undefined;
    }
  } catch {
    // It broke off on the way.
    return undefined;
  }
  return size;
}

/** `fetch` takes no user and password in a URL; they become a header. */
function split(location: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(location);
  const { username, password } = url;
  if (username === '') return { url, headers: {} };
  url.username = '';
  url.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}` } };
}

async function attempt(url: URL, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    // Nobody there, or too slow: the caller tells the central system that it has failed.
    return undefined;
  }
}
