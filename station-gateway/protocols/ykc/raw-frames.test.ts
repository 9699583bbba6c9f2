import assert from 'node:assert/strict';
import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { FieldValue } from '@voltpile/ykc/fields/field-types';
import { balanceUpdateReply } from '@voltpile/ykc/messages/balance';
import { clockReply } from '@voltpile/ykc/messages/clock';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { cardsClearReply, cardsQueryReply, cardsSyncReply } from '@voltpile/ykc/messages/offline-cards';
import { parkingLockReply } from '@voltpile/ykc/messages/parking-lock';
import { qrPrefixReply } from '@voltpile/ykc/messages/qr-prefix';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { messageOf } from '@voltpile/ykc/messages/table';
import { tariffSetReply } from '@voltpile/ykc/messages/tariff';
import { workParametersReply } from '@voltpile/ykc/messages/work-parameters';
import { arbitraryValues } from '@voltpile/ykc/testing/arbitrary-values';
import fc from 'fast-check';
import { interpretFrame, RAW_FRAMES } from './raw-frames.ts';
import { FREE_OF_CHARGE, toTariffBody } from './tariff-model.ts';
import { idle } from './testing/bodies.ts';
import { answer, give, holdTimers, pass, sentTo } from './testing/give.ts';
import { PILE_NO, PileBench } from './testing/pile-bench.ts';
import { toCp56 } from './values/wall-time.ts';

type Body = Readonly<Record<string, FieldValue>>;

const CARD = '00000000d14b0a54';
const { pileNo: _, ...tariff } = toTariffBody(PILE_NO, FREE_OF_CHARGE);
const time = toCp56(Date.parse('2026-03-01T10:00:00Z') as never, 'Asia/Shanghai');

/** Each frame with a body, answers that mean yes, and answers that mean no. */
const cases: readonly [action: string, payload: Body, reply: unknown, yes: readonly Body[], no: readonly Body[]][] = [
  ['0x12', { gun: '01' }, realtimeData, [idle()], []],
  [
    '0x42',
    { gun: '01', physCard: CARD, balance: 5000 },
    balanceUpdateReply,
    [{ physCard: CARD, result: 0 }],
    [
      { physCard: CARD, result: 1 },
      { physCard: CARD, result: 2 },
    ],
  ],
  [
    '0x44',
    { cards: [`${'0'.repeat(16)}${CARD}`] },
    cardsSyncReply,
    [{ saved: 1, failReason: 0 }],
    [
      { saved: 0, failReason: 1 },
      { saved: 0, failReason: 2 },
    ],
  ],
  // What became of each card is for whoever asked.
  ['0x46', { cards: [CARD] }, cardsClearReply, [{ items: [`${CARD}0100`] }, { items: [`${CARD}0001`] }], []],
  ['0x48', { cards: [CARD, CARD] }, cardsQueryReply, [{ items: [`${CARD}01`] }, { items: [] }], []],
  ['0x52', { lock: 0, maxPower: 30 }, workParametersReply, [{ result: 1 }], [{ result: 0 }, { result: 7 }]],
  ['0x56', { time }, clockReply, [{ time }], []],
  ['0x58', tariff, tariffSetReply, [{ result: 1 }], [{ result: 0 }]],
  [
    '0x62',
    { gun: '01', cmd: '55' },
    parkingLockReply,
    [{ gun: '01', result: 1, rsv: '00000000' }],
    [{ gun: '01', result: 0, rsv: '00000000' }],
  ],
  ['0xF0', { format: 1, prefix: 'https://pile.example/' }, qrPrefixReply, [{ result: 1 }], [{ result: 0 }]],
];

function commandOf(action: string, payload: unknown): StationCommand {
  const interpreted = interpretFrame(action, payload);
  assert.equal(interpreted.kind, 'raw', JSON.stringify(interpreted));
  return (interpreted as { command: StationCommand }).command;
}

/** A pile that owes no answer to what a login brings. */
async function quietPile(guns = 1): Promise<PileBench> {
  const bench = await PileBench.loggedIn({ guns });
  await answer(bench, clockReply, { pileNo: PILE_NO, time });
  return bench;
}

const reply = (bench: PileBench, table: unknown, values: Body) =>
  answer(bench, table as MessageTable, { pileNo: PILE_NO, ...values });

describe('raw frames', () => {
  holdTimers();

  it('are all tested', () => {
    assert.deepEqual(
      cases.map(([action]) => action),
      RAW_FRAMES.map((code) => codeText(code)),
    );
  });

  for (const [action, payload, table, yes, no] of cases) {
    it(`${action} is sent as it is, for this pile, and is what the pile says`, async () => {
      for (const [answers, status] of [
        [yes, 'accepted'],
        [no, 'rejected'],
      ] as const) {
        for (const said of answers) {
          const bench = await quietPile();
          // Whatever pile the body names, it is this one.
          const { outcome, frames } = await give(bench, commandOf(action, { ...payload, pileNo: '9'.repeat(14) }));
          const [sent] = frames;
          assert.deepEqual([frames.length, sent?.name, sent?.values.pileNo], [1, action, PILE_NO]);
          for (const [name, value] of Object.entries(payload)) assert.deepEqual(sent?.values[name], value, name);
          await reply(bench, table, said);
          const became = await outcome;
          assert.equal(became.status, status, JSON.stringify(said));
          assert.ok(!('pileNo' in (became.response as object)));
          assert.deepEqual([bench.odds, bench.logged.at(-1)?.name], [[], action]);
        }
      }
    });

    it(`${action} times out, is lost, or is not sent`, async () => {
      const bench = await quietPile();
      const silent = await give(bench, commandOf(action, payload));
      await pass(bench, 5000);
      assert.equal((await silent.outcome).status, 'timeout');
      const lost = await give(bench, commandOf(action, payload));
      bench.pile.closed();
      assert.equal((await lost.outcome).status, 'unknown');
      const late = await give(bench, commandOf(action, payload));
      assert.deepEqual([(await late.outcome).status, late.frames], ['offline', []]);
    });
  }

  it('shows answers in words', async () => {
    const bench = await quietPile();
    const { outcome } = await give(bench, commandOf('0x42', { gun: '01', physCard: '0'.repeat(16), balance: 5000 }));
    await reply(bench, balanceUpdateReply, { physCard: '0'.repeat(16), result: 2 });
    const { response } = await outcome;
    assert.deepEqual(response, { physCard: '0'.repeat(16), result: 2, resultText: 'card number error' });
  });

  it('takes no answer of another gun', async () => {
    const bench = await quietPile(2);
    const { outcome, frames } = await give(bench, commandOf('0x62', { gun: '02', cmd: 'ff' }));
    assert.deepEqual(sentTo(frames), [['0x62', '02']]);
    await reply(bench, parkingLockReply, { gun: '01', result: 1, rsv: '00000000' });
    assert.deepEqual(bench.odds, ['unasked']);
    await reply(bench, parkingLockReply, { gun: '02', result: 0, rsv: '00000000' });
    assert.equal((await outcome).status, 'rejected');
  });

  it('takes the answer of a pile with one gun that gives it another number', async () => {
    for (const [asked, called] of [
      ['01', '00'],
      ['00', '01'],
    ] as const) {
      const bench = await quietPile();
      const lock = await give(bench, commandOf('0x62', { gun: asked, cmd: 'ff' }));
      await reply(bench, parkingLockReply, { gun: called, result: 1, rsv: '00000000' });
      assert.equal((await lock.outcome).status, 'accepted');
      const read = await give(bench, commandOf('0x12', { gun: asked }));
      await reply(bench, realtimeData, idle({ gun: called }));
      assert.equal((await read.outcome).status, 'accepted');
    }
  });

  it('of the same kind at once are answered in turn', async () => {
    const bench = await quietPile();
    const first = await give(bench, commandOf('0x52', { lock: 0, maxPower: 50 }));
    const second = await give(bench, commandOf('0x52', { lock: 1, maxPower: 50 }));
    assert.notEqual(first.frames[0]?.sequence, second.frames[0]?.sequence);
    await reply(bench, workParametersReply, { result: 1 });
    await reply(bench, workParametersReply, { result: 0 });
    await reply(bench, workParametersReply, { result: 1 });
    assert.deepEqual([(await first.outcome).status, (await second.outcome).status], ['accepted', 'rejected']);
    assert.deepEqual(bench.odds, ['unasked']);
  });

  it('of no kind that may be sent fail, whoever has let them through', async () => {
    const bench = await quietPile();
    for (const action of ['0x34', '0x13', 'x', '0xf0']) {
      const { outcome, frames } = await give(bench, { action: 'raw-call', payload: { action, payload: {} } });
      assert.deepEqual([(await outcome).status, frames], ['failed', []]);
    }
    const { outcome } = await give(bench, { action: 'raw-call', payload: { action: '0x62', payload: { gun: '01' } } });
    const { status, response } = await outcome;
    assert.deepEqual([status, response], ['failed', { error: 'Unsendable', message: 'cmd must be given' }]);
  });
});

describe('the reading of raw frames', () => {
  holdTimers();

  it('keeps to what the specification asks for beyond the tables', () => {
    const kindOf = (action: string, payload: object) => interpretFrame(action, payload).kind;
    assert.deepEqual(
      [29, 30, 100, 101].map((maxPower) => kindOf('0x52', { lock: 0, maxPower })),
      ['invalid', 'raw', 'raw', 'invalid'],
    );
    assert.deepEqual(
      [0, 1, 2].map((lock) => kindOf('0x52', { lock, maxPower: 50 })),
      ['raw', 'raw', 'invalid'],
    );
    assert.deepEqual(
      ['55', 'ff', 'FF', '00', 'aa'].map((cmd) => kindOf('0x62', { gun: '01', cmd })),
      ['raw', 'raw', 'raw', 'invalid', 'invalid'],
    );
    for (const action of ['0x44', '0x46', '0x48']) assert.equal(kindOf(action, { cards: [] }), 'invalid');
    assert.equal(kindOf('0x44', { cards: [CARD] }), 'invalid');
    assert.deepEqual(
      [200, 201].map((length) => kindOf('0xF0', { format: 1, prefix: 'x'.repeat(length) })),
      ['raw', 'invalid'],
    );
  });

  it('takes names in any case, and fills in what says nothing', () => {
    const command = { action: 'raw-call', payload: { action: '0xF0', payload: { format: 0, prefix: 'x' } } };
    for (const action of ['0xf0', '0xF0', '0XF0']) {
      assert.deepEqual(interpretFrame(action, { format: 0, prefix: 'x' }), { kind: 'raw', command });
    }
    assert.deepEqual(interpretFrame('0xa4', {}), interpretFrame('0xA4', {}));
  });

  it('takes a time as it is shown', () => {
    const read = interpretFrame('0x56', { time: '2026-03-01T18:00:00' });
    assert.deepEqual(read, interpretFrame('0x56', { time }));
    assert.equal(interpretFrame('0x56', { time: '2026-03-01T18:00:00.000' }).kind, 'raw');
    for (const bad of ['2026-03-01T18:00:00Z', '2026-03-01T18:00:00+08:00', '2026-02-30T00:00:00', '18:00', '']) {
      assert.deepEqual(interpretFrame('0x56', { time: bad }), {
        kind: 'invalid',
        problems: ['time must be what the clock is to show, without a zone, like 2026-03-01T18:00:00'],
      });
    }
  });

  it('names the command that has the rules', () => {
    for (const [action, command] of [
      ['0x34', 'start-transaction'],
      ['0xA4', 'start-transaction'],
      ['0x36', 'stop-transaction'],
      ['0x94', 'update-firmware'],
    ] as const) {
      const read = interpretFrame(action, {}) as { kind: string; problems: string[] };
      assert.equal(read.kind, 'invalid');
      assert.match(read.problems.join(), new RegExp(command));
    }
    for (const when of [undefined, 0, 3, '1']) assert.equal(interpretFrame('0x92', { when }).kind, 'invalid');
  });

  it('says what is wrong', () => {
    const problemsOf = (action: string, payload: unknown) =>
      (interpretFrame(action, payload) as { problems?: string[] }).problems;
    assert.deepEqual(problemsOf('0x62', { gun: '01' }), ['cmd is missing']);
    assert.deepEqual(problemsOf('0x62', { gun: '01', cmd: '55', more: 1 }), ['0x62 has no field more']);
    assert.deepEqual(problemsOf('0x62', { gun: '01', cmd: '55', toString: 1 }), ['0x62 has no field toString']);
    assert.deepEqual(problemsOf('0x62', { gun: '01', cmd: 'zz' }), ['cmd must be 2 hex digits']);
    assert.deepEqual(problemsOf('0x52', { lock: 0, maxPower: 256 }), ['maxPower must be an integer of 0 to 255']);
    for (const maxPower of [null, '50', [50], true]) {
      assert.deepEqual(problemsOf('0x52', { lock: 0, maxPower }), ['maxPower must be made of numbers']);
    }
    const slots = [null, ...tariff.slots.slice(1)];
    assert.deepEqual(problemsOf('0x58', { ...tariff, slots }), ['slots must be made of numbers']);
    assert.deepEqual(problemsOf('0x56', { time: null }), ['a field of 0x56 is of the wrong kind']);
    const sixteen = Array<string>(16).fill('0'.repeat(32));
    assert.deepEqual(problemsOf('0x44', { cards: sixteen }), ['the body must be at most 251 bytes']);
    assert.equal(problemsOf('0x44', { cards: sixteen.slice(1) }), undefined);
  });

  it('lets through only what can be sent', async () => {
    const bench = await quietPile();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...cases.map(([action]) => action)).chain((action) => {
          const fields = messageOf(Number(action))?.fields ?? {};
          const odd = fc.dictionary(fc.constantFrom(...Object.keys(fields)), fc.jsonValue(), { maxKeys: 2 });
          return fc.tuple(
            fc.constant(action),
            fc.oneof(
              fc.tuple(arbitraryValues(fields), odd).map(([values, more]) => ({ ...values, ...more })),
              fc.jsonValue(),
            ),
          );
        }),
        async ([action, payload]) => {
          const read = interpretFrame(action, payload);
          if (read.kind !== 'raw') return read.kind === 'invalid';
          const { outcome, frames } = await give(bench, read.command);
          await pass(bench, 5000);
          return frames.length === 1 && (await outcome).status === 'timeout';
        },
      ),
    );
  });

  it('are refused when rules come with them, when they are not ours, or do not fit their table', () => {
    const kindOf = (action: string, payload: unknown = {}) => interpretFrame(action, payload).kind;
    assert.deepEqual(
      ['0x34', '0x36', '0x94', '0xA4'].map((action) => kindOf(action)),
      Array(4).fill('invalid'),
    );
    assert.deepEqual(
      ['0x99', '0x13', '0x40', 'RemoteStart', '62'].map((action) => kindOf(action)),
      Array(5).fill('unknown-action'),
    );
    assert.deepEqual(interpretFrame('0x92', { when: 2 }), {
      kind: 'command',
      command: { action: 'reset-station', payload: { type: 'OnIdle' } },
    });
    for (const payload of [
      {},
      { gun: '01' },
      { gun: '01', cmd: 'ff', more: 1 },
      { gun: 1, cmd: 'ff' },
      { gun: '01', cmd: 'fff' },
      null,
      'x',
    ]) {
      assert.equal(kindOf('0x62', payload), 'invalid', JSON.stringify(payload));
    }
  });
});
