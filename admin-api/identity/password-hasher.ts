import { hash, verify } from '@node-rs/argon2';
import { BoundedQueue } from './bounded-queue.ts';

/** Turns people's passwords into something that can be stored. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
}

/** argon2id (the library's default variant) with OWASP's first recommendation: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * At most two hashes are computed at once, so that a storm of logins takes neither all cores nor all memory, and not the thread
 * pool that the rest of the process reads files with.
 */
const PARALLEL = 2;
const WAITING = 128;

/** The hasher of production. Its cost is no setting. */
export function createArgon2Hasher(): PasswordHasher {
  const queue = new BoundedQueue(PARALLEL, WAITING);
  return {
    hash: (password) => queue.run(() => hash(password, COST)),
    verify: (stored, password) => queue.run(() => verify(stored, password)),
  };
}
