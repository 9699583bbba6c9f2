import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';

/** What was sent is not one file in a form. */
export class NotOneFile extends Error {
  constructor() {
    super('the form does not hold exactly one file');
    this.name = 'NotOneFile';
  }
}

export interface MultipartFile {
  readonly name: string | undefined;
  readonly contentType: string | undefined;
  /** Ends after the whole form has been read. Throws {@link NotOneFile} when there is another file in it, and what ended the request. */
  readonly content: AsyncIterable<Buffer>;
  /** Lets go of the request, wherever the reading has come to. */
  close(): void;
}

/** Forms of chargers have a file and perhaps a few words beside it. */
const LIMITS = {
  files: 2,
  fields: 20,
  parts: 22,
  fieldSize: 4096,
  fieldNameSize: 200,
  headerPairs: 50,
  headerSize: 8192,
} as const;

export function isMultipart(request: IncomingMessage): boolean {
  return /^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '');
}

/**
 * Reads a form up to where its file begins.
 *
 * @throws NotOneFile when it has none, or is no form; what ended the request
 */
export async function openMultipartFile(request: IncomingMessage): Promise<MultipartFile> {
  const parser = makeParser(request);
  const begun = Promise.withResolvers<MultipartFile>();
  let files = 0;
  let current: Readable | undefined;
  const whole = pipeline(request.iterator({ destroyOnReturn: false }), parser).then(
    () => begun.reject(new NotOneFile()),
    (error: unknown) => {
      const reason = isFormatError(error) ? new NotOneFile() : error;
      current?.destroy(reason as Error);
      begun.reject(reason as Error);
      throw reason;
    },
  );
  // Whoever reads the content hears of it; until then nobody does.
  whole.catch(() => {});
  parser.on('file', (_field, stream, filename, _encoding, mimeType) => {
    files += 1;
    // The parser tells a part that ends too early by an event only: it may come before anybody reads.
    stream.on('error', (error: Error) => stream.destroy(isFormatError(error) ? new NotOneFile() : error));
    if (files > 1) {
      stream.resume();
      return;
    }
    current = stream;
    async function* content(): AsyncIterable<Buffer> {
      yield* stream as AsyncIterable<Buffer>;
      await whole;
      if (files > 1) throw new NotOneFile();
    }
    begun.resolve({ name: filename, contentType: mimeType, content: content(), close: () => parser.destroy() });
  });
  return begun.promise;
}

function makeParser(request: IncomingMessage): InstanceType<typeof Busboy> {
  try {
    return new Busboy({ headers: request.headers as BusboyHeaders, limits: LIMITS });
  } catch {
    // The header says multipart, but not how the parts are told apart.
    throw new NotOneFile();
  }
}

/** The parser's own complaints have no code; those of sockets do. */
function isFormatError(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === undefined;
}
