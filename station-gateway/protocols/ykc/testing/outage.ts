import assert from 'node:assert/strict';
import type { StationPort } from '@voltpile/csms/contract/station-port';
import { databaseAway } from '../../testing/database-away.ts';
import type { PileBench } from './pile-bench.ts';

/** The database is away for one call of a method. */
export function awayOnce(bench: PileBench, method: keyof StationPort): void {
  const original = bench.port[method];
  Object.assign(bench.port, {
    [method]: async () => {
      Object.assign(bench.port, { [method]: original });
      throw databaseAway();
    },
  });
}

/** Says a frame, again when the domain could not store it. */
export async function sayTwice(bench: PileBench, bytes: Buffer): Promise<void> {
  const frame = bench.read(bytes);
  await assert.rejects(bench.pile.handle(bench.turn(frame)), { code: 'test.database_away' });
  await bench.pile.handle(bench.turn(frame, 2));
}
