import { VoltpileError } from '@voltpile/kernel/errors';

/**
 * Why the server cannot start, in words for the operator.
 *
 * @returns undefined for what nobody foresaw: that needs a stack trace
 */
export function explainFailure(error: unknown): string | undefined {
  if (error instanceof VoltpileError) return error.code === 'internal' ? undefined : error.message;
  const { code, syscall, path, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (syscall === 'listen' || syscall === 'bind') {
    const where = `${address ?? 'the address'}${port === undefined ? '' : ` port ${port}`}`;
    if (code === 'EADDRINUSE') return `Cannot listen on ${where}: another program does already.`;
    if (code === 'EACCES') return `Cannot listen on ${where}: not permitted (ports below 1024 need special rights).`;
    return `Cannot listen on ${where}: ${code}.`;
  }
  if (path !== undefined) {
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      return `Cannot write ${path}: not permitted (${code}).`;
    if (code === 'ENOSPC') return `Cannot write ${path}: the disk is full.`;
    if (code === 'ENOTDIR' || code === 'EEXIST') return `${path} is in the way: it is not a folder.`;
    if (code === 'ENOENT') return `${path} does not exist.`;
  }
  return undefined;
}
