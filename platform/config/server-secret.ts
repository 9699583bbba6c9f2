import { randomBytes, randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defineError } from '@voltpile/kernel/errors';

export const badSecretFile = defineError(
  'config.bad_secret_file',
  'FailedPrecondition',
  '{file} does not hold the 64 hexadecimal digits that were written there. Restore it: stations’ keys depend on it.',
);

const SECRET_BYTES = 32;

/**
 * The secret under which stations' keys and sessions are hashed: the given one, or 32 random bytes kept in the file `secret` (0600) of the
 * data folder, made at the first start.
 *
 * @param given `VOLTPILE_SECRET`
 * @throws FailedPrecondition `config.bad_secret_file`
 */
export async function readServerSecret(dataDir: string, given: string | null): Promise<Buffer> {
  if (given !== null) return Buffer.from(given, 'utf8');
  const file = join(dataDir, 'secret');
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (kept !== undefined) {
    if (!/^[0-9a-f]{64}\n?$/.test(kept)) throw badSecretFile({ file });
    return Buffer.from(kept.trim(), 'hex');
  }
  // Complete or absent, and never over one that another process has just made: written aside, synced, then linked into place.
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(`${randomBytes(SECRET_BYTES).toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return readServerSecret(dataDir, null);
}
