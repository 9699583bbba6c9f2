import { readFileSync } from 'node:fs';
import type { Environment } from './config.ts';

const REFERENCE = /^(?:env:([A-Za-z_][A-Za-z0-9_]{0,199})|file:(\/[^\0]{1,4095}))$/;
const MAX_SECRET_BYTES = 65_536;

/** What a secret is named by where it must not stand: `env:NAME`, a variable of the environment, or `file:/path`, the text of a file. */
export function isSecretReference(text: string): boolean {
  return REFERENCE.test(text);
}

/**
 * Fetches what a reference names, without the line's end behind it. Not asynchronous, since a set of settings is taken as a whole and at once.
 *
 * @returns undefined when there is nothing
 */
export function followReference(text: string, environment: Environment): string | undefined {
  const [, name, path] = REFERENCE.exec(text) ?? [];
  if (name !== undefined) return environment[name] || undefined;
  if (path === undefined) return undefined;
  try {
    const content = readFileSync(path, 'utf8');
    return content.length > MAX_SECRET_BYTES ? undefined : content.replace(/\r?\n$/, '') || undefined;
  } catch {
    return undefined;
  }
}
