import * as z from 'zod';
import { problemSchema } from '../http/problem.ts';
import type { ResponseDeclaration } from '../http/route.ts';

const PROBLEM = 'application/problem+json';
const contentType = 'application/octet-stream';
const bytes = z.string().meta({ description: 'The bytes, as a download.' });

/** What a route answers that gives out the content of a file. */
export const contentResponses: Readonly<Record<number, ResponseDeclaration>> = {
  200: {
    description: 'The whole file.',
    contentType,
    schema: bytes,
    headers: { ETag: 'The SHA-256 of the content.', 'Content-Disposition': 'The file’s name.' },
  },
  206: {
    description: 'The range that was asked for (`Range`; with `If-Range` only of the same content).',
    contentType,
    schema: bytes,
    headers: { 'Content-Range': 'Which part it is.' },
  },
  304: { description: 'The client has this content (`If-None-Match`).' },
  412: { description: 'It is another content (`If-Match`).', contentType: PROBLEM, schema: problemSchema },
  416: {
    description: 'The file has no such range.',
    contentType: PROBLEM,
    schema: problemSchema,
    headers: { 'Content-Range': 'How long the file is.' },
  },
};
