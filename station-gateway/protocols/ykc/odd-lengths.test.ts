import assert from 'node:assert/strict';
import { codeText } from '@voltpile/ykc/messages/message';
import { MESSAGES } from './messages.ts';
import { SERIAL } from './testing/bodies.ts';
import { FRAMES_BY_HAND } from './testing/frames-by-hand.ts';
import { awayOnce, sayTwice } from './testing/outage.ts';
import { PILE_NO, PileBench } from './testing/pile-bench.ts';

/** The first of each type. */
const frames = new Map([...FRAMES_BY_HAND].reverse().map((frame) => [frame[0], frame]));

/** What the domain was told to be odd, call by call. A heartbeat is nothing but its origin. */
function odditiesOf(bench: PileBench): unknown[] {
  return bench.recording.calls.splice(0).map(([, told]) => {
    const { origin, ...rest } = told as { origin?: { oddities?: unknown }; oddities?: unknown };
    return (origin ?? rest).oddities;
  });
}

const RECORDS: ReadonlySet<string> = new Set(['0x39', '0x3B', '0x3D']);

describe('a frame that says something', () => {
  for (const [type, hex, calls, sent] of frames.values()) {
    const name = codeText(type);
    const whole = Buffer.from(hex, 'hex');

    it(`${name} and lacks a byte is kept as it came, and not answered`, async () => {
      const bench = await PileBench.loggedIn();
      const bytes = bench.raw(type, whole.subarray(0, -1));
      if (name === '0x09') {
        // Its body is the number of the pile: the connection itself passes over it.
        const [cut] = bench.stream.push(bytes);
        assert.deepEqual([cut?.kind, (cut as { problem?: string }).problem], ['odd', 'too-short']);
        return;
      }
      await bench.say(bytes);
      const [{ kind, detail } = {}] = bench.told('factReported');
      const { problem, ...kept } = detail as Record<string, unknown>;
      assert.deepEqual(
        [kind, typeof problem, kept],
        ['unreadable-message', 'string', { message: name, hex: bytes.toString('hex') }],
      );
      assert.deepEqual([bench.methods, bench.odds, bench.frames()], [['factReported'], ['unreadable'], []]);
    });

    it(`${name} and has a byte too many is read without it, which is noted once`, async () => {
      const bench = await PileBench.loggedIn();
      const longer = Buffer.concat([whole, Buffer.of(0xff)]);
      await bench.say(bench.raw(type, longer));
      assert.deepEqual(
        [bench.methods, bench.frames().map((frame) => frame.name)],
        [calls.map(([method]) => method), sent.map(([answer]) => answer)],
      );
      assert.deepEqual(
        odditiesOf(bench),
        calls.map(() => [`surplus-bytes:${name}`]),
      );
      await bench.say(bench.raw(type, longer));
      // Of a charge it is said each time.
      const again = RECORDS.has(name) ? calls.map(() => [`surplus-bytes:${name}`]) : [undefined];
      assert.deepEqual(new Set([undefined, ...odditiesOf(bench)]), new Set([undefined, ...again]));
      assert.deepEqual(bench.odds, []);
    });
  }

  it('and lacks bytes is kept in the second try when it could not be in the first', async () => {
    const bench = await PileBench.loggedIn();
    awayOnce(bench, 'factReported');
    await sayTwice(bench, bench.raw(0x21, Buffer.from(`${SERIAL}${PILE_NO}01`, 'hex')));
    assert.deepEqual([bench.methods, new Set(bench.odds)], [['factReported'], new Set(['unreadable'])]);
  });

  it('and has bytes too many is noted in the second try when it could not be stored in the first', async () => {
    const bench = await PileBench.loggedIn();
    awayOnce(bench, 'transactionEnded');
    const [, hex] = frames.get(0x3b) ?? [0, ''];
    await sayTwice(bench, bench.raw(0x3b, Buffer.from(`${hex}ff`, 'hex')));
    // The start is told twice, in the same words.
    assert.deepEqual(odditiesOf(bench), Array(3).fill(['surplus-bytes:0x3B']));
    assert.deepEqual(
      bench.frames().map(({ name }) => name),
      ['0x40'],
    );
  });

  it('is here, whatever its type', () => {
    for (const { table } of MESSAGES) assert.ok(frames.has(table.code), codeText(table.code));
  });
});
