import type { IncomingMessage, ServerResponse } from 'node:http';
import send from 'send';
import type { DiskStore } from '../disk-store.ts';
import { attachment } from '../file-names.ts';
import type { FileRow } from '../persistence/files-repository.ts';
import { type SpeedLimit, watchSpeed } from '../watch-speed.ts';

/**
 * Nothing has been answered when the content is not on disk (`missing`), the file has no such range, or it is not the content that the client
 * insists on (`If-Match`).
 */
export type SendOutcome = 'sent' | 'cut' | 'missing' | 'no-such-range' | 'other-content';

const REFUSED: ReadonlyMap<number | undefined, SendOutcome> = new Map([
  [404, 'missing'],
  [412, 'other-content'],
  [416, 'no-such-range'],
]);

/**
 * Answers GET or HEAD with a content: whole (200), the one range that is asked for (206; several: whole), not at all when the client has it
 * (304). The entity tag is the SHA-256, so a download that was cut off goes on only in the same content (If-Range).
 *
 * The content is never shown, whatever it is: it is bytes, to be saved.
 */
export async function sendFile(
  file: FileRow,
  disk: DiskStore,
  limit: SpeedLimit,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<SendOutcome> {
  const size = Number(file.size_bytes);
  if ((await disk.sizeOf(file.id)) !== size) return 'missing';
  // The last 100 bytes of a file that has 10 are the whole (RFC 9110 §14.1.2); the library takes that for a range that is not there.
  const [, last] = /^bytes=-(\d{1,15})$/.exec(request.headers.range ?? '') ?? [];
  if (last !== undefined && Number(last) > size) request.headers.range = 'bytes=0-';
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Disposition', attachment(file.name));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('ETag', `"${(file.sha256 as Buffer).toString('hex')}"`);
  const socket = response.socket;
  const stopWatching = watchSpeed(
    limit,
    () => socket?.bytesWritten ?? 0,
    () => response.destroy(),
  );
  try {
    return await new Promise<SendOutcome>((resolve, reject) => {
      response.once('close', () => resolve(response.writableFinished ? 'sent' : 'cut'));
      send(request, disk.pathOf(file.id), {
        root: disk.folder,
        dotfiles: 'allow',
        index: false,
        etag: false,
        lastModified: false,
        cacheControl: false,
      })
        .on('error', (error: { status?: number }) => {
          if (response.headersSent) {
            response.destroy();
            return;
          }
          for (const name of ['Content-Disposition', 'Content-Type', 'ETag']) response.removeHeader(name);
          const outcome = REFUSED.get(error.status);
          if (outcome === undefined) reject(error);
          else resolve(outcome);
        })
        .pipe(response);
    });
  } finally {
    stopWatching();
  }
}
