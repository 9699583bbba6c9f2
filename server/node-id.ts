import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUuid, uuidv7 } from '@voltpile/kernel/ids';

/**
 * The name under which this installation holds stations' connections. Kept in the data folder (whose lock the caller holds): after a crash
 * the next start finds and closes what it had open, and leaves alone what others hold.
 */
export async function readNodeId(dataDir: string): Promise<string> {
  const file = join(dataDir, 'node-id');
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (isUuid(kept)) return kept;
  const made = uuidv7();
  await writeFile(file, `${made}\n`);
  return made;
}
