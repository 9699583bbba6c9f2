import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes the data folder where it is missing and proves that it can be written. As root it can be entered by others, because PostgreSQL
 * runs as `nobody` below it; what is secret in it has modes of its own.
 *
 * @throws what the file system says (see `explain-failure.ts`)
 */
export async function prepareDataFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const probe = join(folder, `.writable-${process.pid}`);
  await writeFile(probe, '');
  await rm(probe);
}
