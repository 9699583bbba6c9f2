import { createHash } from 'node:crypto';
import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';

/**
 * The id of a fact that a station dated itself: the same fact has the same id however often it is sent, so that a repetition is not stored
 * twice. Shaped as UUIDv7 (RFC 9562 lets the bits after the time be anything unique), so that facts sort by time.
 *
 * @param content what makes the fact what it is; the same content at the same time is the same fact
 */
export function factId(at: Instant, content: readonly (string | number | null)[]): Uuid {
  const time = Math.min(Math.max(at, 0), 0xffff_ffff_ffff).toString(16).padStart(12, '0');
  const digest = createHash('sha256')
    .update(JSON.stringify([at, ...content]))
    .digest('hex');
  const variant = ((Number.parseInt(digest[3] as string, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}
