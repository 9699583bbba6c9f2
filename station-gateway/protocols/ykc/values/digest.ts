import { hash } from 'node:crypto';

/** Tells a frame's content from any other: the body, and what it is made to say. */
export function digestOf(body: Buffer, says: string): string {
  return hash('sha256', `${body.toString('hex')} ${says}`, 'base64url');
}
