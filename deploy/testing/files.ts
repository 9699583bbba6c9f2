import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of the repository. */
export const ROOT = dirname(dirname(import.meta.dirname));

/** @param path below the root of the repository */
export function readText(...path: string[]): string {
  return readFileSync(join(ROOT, ...path), 'utf8');
}
