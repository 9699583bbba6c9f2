import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineError } from '@voltpile/kernel/errors';
import { processIdentity } from './process-identity.ts';

export const dataFolderInUse = defineError(
  'server.data_folder_in_use',
  'FailedPrecondition',
  'Another Voltpile (pid {pid}) is running on the data folder {folder}. Stop it, or choose another folder with VOLTPILE_DATA_DIR.',
);

const MAX_ATTEMPTS = 100;

/** The right to use a data folder. */
export interface DataFolderLock {
  release(): Promise<void>;
}

/**
 * Takes the data folder for this process.
 *
 * The folder `lock` holds numbered files; the highest number counts and names its holder by pid and the moment that process began, so that
 * a pid that was given out again is not mistaken for the holder. Whoever finds the holder gone links the next number, which only one can;
 * the highest file is never removed, only emptied, so numbers never run backwards and a slow starter cannot take one that is past.
 *
 * @throws FailedPrecondition `server.data_folder_in_use` naming the holder
 */
export async function lockDataFolder(dataDir: string): Promise<DataFolderLock> {
  const folder = join(dataDir, 'lock');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${randomUUID()}.new`);
  await writeFile(draft, JSON.stringify({ pid: process.pid, identity: await processIdentity(process.pid) }));
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const highest = Math.max(0, ...(await generations(folder)));
      const holder = await livingHolder(join(folder, String(highest)));
      if (holder !== undefined) throw dataFolderInUse({ pid: holder, folder: dataDir });
      const mine = highest + 1;
      if (!(await linkIfFree(draft, join(folder, String(mine))))) continue;
      const present = await generations(folder);
      if (present.some((generation) => generation > mine)) {
        // We were slow: this number was used and cleared away meanwhile.
        await rm(join(folder, String(mine)), { force: true });
        continue;
      }
      for (const old of present.filter((generation) => generation < mine)) {
        await rm(join(folder, String(old)), { force: true });
      }
      return { release: () => writeFile(join(folder, String(mine)), '') };
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new Error(`the lock in ${folder} could not be taken in ${MAX_ATTEMPTS} attempts`);
}

async function generations(folder: string): Promise<number[]> {
  return (await readdir(folder)).filter((name) => /^\d{1,12}$/.test(name)).map(Number);
}

/** The pid of the process that holds the file, when it still runs. An empty or missing file has no holder. */
async function livingHolder(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  let held: { pid?: unknown; identity?: unknown };
  try {
    held = JSON.parse(text) as typeof held;
  } catch {
    return undefined;
  }
  if (typeof held.pid !== 'number' || typeof held.identity !== 'string') return undefined;
  return (await processIdentity(held.pid)) === held.identity ? held.pid : undefined;
}

async function linkIfFree(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
