import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { MeterReading } from '@voltpile/csms/contract/station-port';
import { codeText } from '@voltpile/ykc/messages/message';
import { MESSAGES } from './messages.ts';
import { FRAMES_BY_HAND, NOW } from './testing/frames-by-hand.ts';
import { PileBench } from './testing/pile-bench.ts';

/** A call, its samples as lines, times by their text. Its origin and its sequence are looked at on the way. */
function plain([method, told]: readonly [string, unknown], raw: string, name: string): unknown {
  const { origin, sequence, timestamp, readings, ...rest } = told as Record<string, unknown>;
  // A heartbeat is nothing but its origin.
  const from = (origin ?? rest) as Record<string, unknown>;
  assert.deepEqual(from, {
    station: 'station-key',
    epoch: 3,
    receivedAt: Date.parse(NOW),
    clockOffsetMs: null,
    raw,
    messageName: name,
  });
  if (origin === undefined) return [method, {}];
  if (sequence !== undefined) {
    const { digest, ...place } = sequence as { number: number; digest: string };
    assert.deepEqual([place, digest.length], [{ number: 0 }, 43]);
  }
  const lines = (readings as MeterReading[] | undefined)?.flatMap((reading) =>
    reading.values.map(({ measurand, value, unit, location, context, basis, phase, format }) => {
      assert.deepEqual([phase, format], [null, null]);
      return [reading.timestamp.text, measurand, value, unit, location, context, basis].join(' ');
    }),
  );
  return [
    method,
    {
      ...rest,
      ...(timestamp === undefined ? {} : { timestamp: (timestamp as { text: string }).text }),
      ...(lines === undefined ? {} : { readings: lines }),
    },
  ];
}

describe('bytes of a pile, to the last bit', () => {
  before(() => mock.method(Math, 'random', () => 0.5));
  after(() => mock.restoreAll());

  for (const [index, [type, body, calls, sent]] of FRAMES_BY_HAND.entries()) {
    const name = codeText(type);
    it(`${name} (${index}): what is told and what is answered`, async () => {
      const bench = await PileBench.loggedIn();
      const frame = bench.raw(type, Buffer.from(body, 'hex'));
      assert.equal((frame.length - 8) * 2, body.length, 'whole bytes');
      await bench.say(frame);
      const told = bench.recording.calls.map((call) => plain(call, frame.toString('hex'), name));
      assert.deepEqual(told, calls);
      const answers = bench.frames();
      assert.deepEqual(
        answers.map((one) => [one.name, one.values]),
        sent,
      );
      if (answers.length > 0) assert.equal(answers[0]?.sequence, frame.toString('hex', 2, 4));
      assert.deepEqual([bench.odds, bench.warnings, bench.securityEvents, bench.left], [[], [], [], undefined]);
    });
  }

  it('leaves out no frame that says something', () => {
    const covered = new Set(FRAMES_BY_HAND.map(([type]) => type));
    assert.deepEqual(
      MESSAGES.filter(({ table }) => !covered.has(table.code)).map(({ table }) => codeText(table.code)),
      [],
    );
  });
});
