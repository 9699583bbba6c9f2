import { readFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { defineError } from '@voltpile/kernel/errors';
import type { GatewayTlsSettings } from '../settings.ts';

export const tlsFileUnreadable = defineError(
  'gateway.tls_file_unreadable',
  'FailedPrecondition',
  'The TLS file {path} ({setting}) cannot be read: {problem}.',
);

export const tlsFilesUnusable = defineError(
  'gateway.tls_files_unusable',
  'FailedPrecondition',
  'The TLS certificate, key or authority cannot be used: {problem}.',
);

/**
 * Reads the certificate files. A client certificate is asked for when an authority is configured, but not demanded by TLS itself:
 * the domain decides whether a station may come with a password instead.
 */
export async function readTlsOptions(tls: GatewayTlsSettings): Promise<ServerOptions> {
  const [cert, key, ca] = await Promise.all([
    read(tls.certFile, 'certFile'),
    read(tls.keyFile, 'keyFile'),
    tls.clientCaFile === null ? undefined : read(tls.clientCaFile, 'clientCaFile'),
  ]);
  try {
    createSecureContext({ cert, key, ca });
  } catch (error) {
    throw tlsFilesUnusable({ problem: (error as Error).message }, error);
  }
  const options: ServerOptions = { cert, key, minVersion: 'TLSv1.2', rejectUnauthorized: false };
  return ca === undefined ? options : { ...options, ca, requestCert: true };
}

async function read(path: string, setting: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw tlsFileUnreadable({ path, setting, problem: (error as NodeJS.ErrnoException).code ?? 'unknown' }, error);
  }
}
