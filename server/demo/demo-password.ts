import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'demo-password';

/**
 * The password of the demo's administrator: made up at the first start and kept in the data folder, readable by its owner only, so that
 * a second start can show it again. Nothing but the demo does that.
 */
export async function readDemoPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, FILE);
  try {
    await writeFile(path, `${randomBytes(12).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}
