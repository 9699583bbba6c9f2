import { type FileRefusal, FileRefused } from '@voltpile/operations/contract/files';
import { HttpRefusal } from './problem.ts';

const REFUSALS: Readonly<Record<FileRefusal, (refused: FileRefused) => HttpRefusal>> = {
  'too-large': () =>
    new HttpRefusal({
      status: 413,
      code: 'file.too_large',
      title: 'Too large',
      detail: 'The file is larger than files may be.',
    }),
  'storage-full': () =>
    new HttpRefusal({
      status: 507,
      code: 'file.storage_full',
      title: 'No room',
      detail: 'There is no room for the file: all files together would take more than they may.',
    }),
  busy: () =>
    new HttpRefusal({
      status: 503,
      code: 'file.busy',
      title: 'Temporarily unavailable',
      detail: 'Too many files are being transferred at the moment.',
      headers: { 'Retry-After': '30' },
    }),
  'no-such-range': ({ sizeBytes }) =>
    new HttpRefusal({
      status: 416,
      code: 'file.no_such_range',
      title: 'No such range',
      detail: `The file has ${sizeBytes} bytes.`,
      headers: { 'Content-Range': `bytes */${sizeBytes}` },
    }),
  'other-content': () =>
    new HttpRefusal({
      status: 412,
      code: 'file.other_content',
      title: 'Another content',
      detail: 'The file is not the one that If-Match names.',
    }),
};

/** Does something with a file; refusals get their numbers in HTTP. */
export async function withFileRefusals<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof FileRefused ? REFUSALS[error.reason](error) : error;
  }
}
