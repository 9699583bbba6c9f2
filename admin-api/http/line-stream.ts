import { once } from 'node:events';
import type { Request, Response } from 'express';

/** Media type of {@link streamLines}. */
export const NDJSON = 'application/x-ndjson';

/** A client that takes nothing for so long is cut off. */
const STALL_MS = 60_000;

/**
 * Answers with one JSON object a line, as fast as the client takes them. The first batch is fetched before anything is answered, so that what
 * cannot be answered becomes a proper problem document; trouble after that cuts the connection, which the client sees.
 */
export async function streamLines(
  batches: AsyncIterator<readonly unknown[]>,
  request: Request,
  response: Response,
): Promise<void> {
  let batch = await batches.next();
  response.status(200);
  response.setHeader('Content-Type', `${NDJSON}; charset=utf-8`);
  response.setHeader('Cache-Control', 'no-store');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    while (batch.done !== true && !response.destroyed) {
      const lines = batch.value.map((line) => `${JSON.stringify(line)}\n`).join('');
      if (!response.write(lines)) await taken(response);
      batch = await batches.next();
    }
    response.end();
  } catch {
    response.destroy();
  } finally {
    await batches.return?.();
  }
}

/** Resolves when there is room for more, or when the client has gone; rejects when it does not read. */
async function taken(response: Response): Promise<void> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once('close', onClose);
  try {
    await once(response, 'drain', { signal: AbortSignal.any([gone.signal, AbortSignal.timeout(STALL_MS)]) });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    response.off('close', onClose);
  }
}
