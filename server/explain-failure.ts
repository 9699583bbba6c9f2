import { VoltpileError } from '@voltpile/kernel/errors';

const PORT_IN_USE =
  'Another program uses this port: stop it, or choose another one ' +
  '(VOLTPILE_HTTP_PORT, VOLTPILE_OCPP_PORT, VOLTPILE_OCPP_TLS_PORT, VOLTPILE_YKC_PORT, VOLTPILE_YKC_TLS_PORT).';

/**
 * Why the server cannot start, in words for the operator.
 *
 * @param portInUse what to do about a port that is taken, where the error does not say it
 * @returns undefined for what nobody foresaw: that needs a stack trace
 */
export function explainFailure(error: unknown, portInUse: string | null = PORT_IN_USE): string | undefined {
  if (error instanceof VoltpileError) {
    if (error.code === 'internal') return undefined;
    const inUse = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
    return inUse && portInUse !== null ? `${error.message} ${portInUse}` : error.message;
  }
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (path !== undefined) {
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      return `Cannot write ${path}: not permitted (${code}).`;
    if (code === 'ENOSPC') return `Cannot write ${path}: the disk is full.`;
    if (code === 'ENOTDIR' || code === 'EEXIST') return `${path} is in the way: it is not a folder.`;
    if (code === 'ENOENT') return `${path} does not exist.`;
  }
  return undefined;
}
