import { createHash } from 'node:crypto';
import type { PasswordHasher } from '../identity/password-hasher.ts';

/** For tests only: a hash that costs nothing and protects nothing. */
export const quickHasher: PasswordHasher = {
  hash: async (password) => digest(password),
  verify: async (stored, password) => stored === digest(password),
};

function digest(password: string): string {
  return `test:${createHash('sha256').update(password).digest('hex')}`;
}
