import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { StationCommand, StationCommandOf } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import { instant } from '@voltpile/kernel/clock';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { encodeBody } from '@voltpile/ykc/messages/body';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { realtime } from './bodies.ts';
import type { PileBench, SentFrame } from './pile-bench.ts';

export const PATIENCE_MS = 5000;

/** Lets everything happen that waits for no time. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A command under way, and the frames that have left for it. */
export interface Given {
  readonly outcome: Promise<CommandOutcome>;
  readonly frames: readonly SentFrame[];
}

/** Gives a command and waits until its frames have left. */
export async function give(bench: PileBench, command: StationCommand, patienceMs = PATIENCE_MS): Promise<Given> {
  const outcome = bench.pile.execute(command, instant(bench.clock.now() + patienceMs));
  await settled();
  return { outcome, frames: bench.frames() };
}

/** The pile answers by the table. */
export async function answer<F extends Fields>(
  bench: PileBench,
  table: { readonly code: number; readonly fields: F },
  values: ValuesOf<F>,
): Promise<void> {
  await bench.say(bench.raw(table.code, encodeBody(table, values)));
}

/** Names and guns of frames. */
export function sentTo(frames: readonly SentFrame[]): unknown[] {
  return frames.map(({ name, values }) => [name, values.gun]);
}

export type Start = StationCommandOf<'start-transaction'>;

/** A start as the domain gives it. @param payload beyond the token */
export function startOf(payload: Partial<Start['payload']> = { evseId: 1 }, more: Partial<Start> = {}): Start {
  return { action: 'start-transaction', payload: { idToken: 'D14B0A54', ...payload }, remoteStartId: 42, ...more };
}

export const serialOf = (sent: SentFrame | undefined): string => String(sent?.values.txSerial);

/** In a `describe`: timers of its tests go by {@link pass}. */
export function holdTimers(): void {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());
}

/** Time passes, by the clock and for timers (held). */
export async function pass(bench: PileBench, milliseconds: number): Promise<void> {
  bench.clock.advance(milliseconds);
  mock.timers.tick(milliseconds);
  await settled();
}

/** The pile tells that it charges. @returns what it is sent for that */
export async function charges(bench: PileBench, txSerial: string, gun = '01'): Promise<unknown[]> {
  await bench.say(bench.frame(realtimeData, realtime({ txSerial, gun })));
  await settled();
  return sentTo(bench.frames());
}

/** Gives a command that is not to be sent. @returns its status and error */
export async function refusalOf(bench: PileBench, command: StationCommand): Promise<unknown[]> {
  const { outcome, frames } = await give(bench, command);
  const { status, response } = await outcome;
  const { error, message } = response as Record<string, unknown>;
  assert.match(String(message), / .+ /);
  assert.deepEqual(frames, []);
  return [status, error];
}
