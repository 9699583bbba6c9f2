import assert from 'node:assert/strict';
import type { StationCommand } from '@voltpile/csms/contract/commands';
import { instant } from '@voltpile/kernel/clock';
import { firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import { cardsClearReply, cardsSyncReply } from '@voltpile/ykc/messages/offline-cards';
import { parallelRemoteStartReply } from '@voltpile/ykc/messages/parallel';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { rebootReply } from '@voltpile/ykc/messages/reboot';
import { remoteStartReply } from '@voltpile/ykc/messages/start';
import { remoteStopReply } from '@voltpile/ykc/messages/stop';
import { workParametersReply } from '@voltpile/ykc/messages/work-parameters';
import { createYkcFamily } from './family.ts';
import { idle, realtime, SERIAL } from './testing/bodies.ts';
import { answer, give, PATIENCE_MS } from './testing/give.ts';
import { PILE_NO, PileBench, type SentFrame } from './testing/pile-bench.ts';

const GUN = { pileNo: PILE_NO, gun: '01' } as const;
const start: StationCommand = {
  action: 'start-transaction',
  payload: { evseId: 1, idToken: 'D14B0A54' },
  remoteStartId: 42,
};
const stop: StationCommand = {
  action: 'stop-transaction',
  payload: { transactionId: 'ours' },
  stationTransactionId: SERIAL,
};

const started = (bench: PileBench, sent: SentFrame | undefined, result: number, failReason: number) =>
  answer(bench, remoteStartReply, { ...GUN, txSerial: String(sent?.values.txSerial), result, failReason });

describe('start-transaction', () => {
  it('tells the domain the serial before the pile, and is accepted when the pile says yes', async () => {
    const bench = await PileBench.loggedIn();
    const { outcome, frames } = await give(bench, start);
    const [naming] = bench.told('startNamed');
    const [sent] = frames;
    assert.equal(sent?.name, '0x34');
    const { txSerial, gun, physCard, logicCard, balance } = sent.values;
    assert.deepEqual(
      { gun, physCard, logicCard, balance },
      { gun: '01', physCard: '00000000d14b0a54', logicCard: '0'.repeat(16), balance: 100_000 },
    );
    assert.deepEqual(
      [naming?.remoteStartId, naming?.stationTransactionId, naming?.startBy],
      [42, txSerial, bench.clock.now() + 90_000],
    );
    await started(bench, sent, 1, 0);
    assert.equal((await outcome).status, 'accepted');
    assert.deepEqual(bench.logged.map(({ name, outcome: became }) => [name, became]).at(-1), ['0x34', 'result']);
  });

  it('does not tell the pile when the domain cannot be told', async () => {
    const bench = await PileBench.loggedIn({ answers: { startNamed: new Error('away') } });
    await assert.rejects(bench.pile.execute(start, instant(bench.clock.now() + PATIENCE_MS)));
    assert.deepEqual(bench.frames(), []);
  });

  it('is refused with the reason, wherever a pile puts it, and the serial is void then', async () => {
    for (const [result, failReason] of [
      [0, 2],
      [3, 0],
      [1, 3],
    ] as const) {
      const bench = await PileBench.loggedIn();
      const { outcome, frames } = await give(bench, start);
      await started(bench, frames[0], result, failReason);
      assert.equal((await outcome).status, 'rejected');
      await bench.say(bench.frame(realtimeData, realtime({ txSerial: String(frames[0]?.values.txSerial) })));
      assert.deepEqual(
        bench.frames().map(({ name }) => name),
        ['0x36'],
      );
      assert.equal(bench.told('transactionStarted')[0]?.namedByUs, undefined);
    }
  });

  it('waits for a late plug', async () => {
    const bench = await PileBench.loggedIn();
    const { outcome, frames } = await give(bench, start);
    await started(bench, frames[0], 0, 5);
    await started(bench, frames[0], 1, 0);
    assert.equal((await outcome).status, 'accepted');
  });

  it('given up before the plug comes leaves the order standing', async () => {
    const bench = await PileBench.loggedIn();
    const { outcome, frames } = await give(bench, start, 30);
    await started(bench, frames[0], 0, 5);
    const { status, response } = await outcome;
    assert.deepEqual([status, (response as { failReason: number }).failReason], ['timeout', 5]);
    await started(bench, frames[0], 1, 0);
    await bench.say(bench.frame(realtimeData, realtime({ txSerial: String(frames[0]?.values.txSerial) })));
    assert.deepEqual([bench.frames(), bench.told('transactionStarted')[0]?.namedByUs], [[], true]);
  });

  it('needs a gun that there is', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const withoutEvse: StationCommand = { ...start, payload: { idToken: 'D14B0A54' } };
    const errors = [];
    for (const command of [withoutEvse, { ...start, payload: { ...start.payload, evseId: 3 } } as StationCommand]) {
      const { status, response } = await bench.pile.execute(command, instant(bench.clock.now() + PATIENCE_MS));
      errors.push([status, (response as { error: string }).error]);
    }
    assert.deepEqual(errors, [
      ['failed', 'EvseNeeded'],
      ['failed', 'UnknownEvse'],
    ]);
    assert.deepEqual(bench.frames(), []);
  });

  it('tells what may be spent', async () => {
    const bench = await PileBench.loggedIn();
    const { frames } = await give(bench, {
      ...start,
      spendingLimit: { amount: '50', currency: 'CNY' },
    } as StationCommand);
    assert.equal(frames[0]?.values.balance, 5000);
  });

  it('of several guns is accepted when all say yes, and undone when one does not', async () => {
    for (const second of [1, 0]) {
      const bench = await PileBench.loggedIn({ guns: 2 });
      const payload = { ...start.payload, parallelEvseIds: [2] } as never;
      const { outcome, frames } = await give(bench, { ...start, payload } as StationCommand);
      assert.deepEqual(
        frames.map(({ name, values }) => [name, values.gun]),
        [
          ['0xA4', '01'],
          ['0xA4', '02'],
        ],
      );
      assert.equal(frames[0]?.values.parallelNo, frames[1]?.values.parallelNo);
      const [naming] = bench.told('startNamed');
      assert.deepEqual(
        [naming?.stationTransactionId, naming?.parallelGroup, naming?.parallel],
        [
          frames[0]?.values.txSerial,
          frames[0]?.values.parallelNo,
          [{ evseId: 2, stationTransactionId: frames[1]?.values.txSerial }],
        ],
      );
      for (const [index, result] of [1, second].entries()) {
        const asked = (frames[index]?.values ?? {}) as Record<'txSerial' | 'gun' | 'parallelNo', string>;
        const { txSerial, gun, parallelNo } = asked;
        const facts = { txSerial, pileNo: PILE_NO, gun, parallelNo, mainAux: index };
        await answer(bench, parallelRemoteStartReply, { ...facts, result, failReason: result === 1 ? 0 : 2 });
      }
      assert.equal((await outcome).status, second === 1 ? 'accepted' : 'rejected');
      const stopped = bench.frames().map(({ name, values }) => [name, values.gun]);
      assert.deepEqual(stopped, second === 1 ? [] : [['0x36', '01']]);
    }
  });
});

describe('stop-transaction', () => {
  it('is for the gun that tells of the charge, or the one in its serial', async () => {
    for (const told of [true, false]) {
      const bench = await PileBench.loggedIn({ guns: 2 });
      if (told) await bench.say(bench.frame(realtimeData, realtime({ gun: '02' })));
      const { outcome, frames } = await give(bench, stop);
      const gun = told ? '02' : '01';
      assert.deepEqual(
        frames.map(({ name, values }) => [name, values.gun]),
        [['0x36', gun]],
      );
      // Of the other gun: not the answer.
      await answer(bench, remoteStopReply, {
        pileNo: PILE_NO,
        gun: told ? '01' : '02',
        result: 1,
        failReason: 0,
      });
      await answer(bench, remoteStopReply, {
        pileNo: PILE_NO,
        gun,
        result: 0,
        failReason: 2,
      });
      const { status, response } = await outcome;
      assert.deepEqual([status, (response as { failReasonText: string }).failReasonText], ['rejected', 'not charging']);
    }
  });

  it('takes the answer of piles that leave out whom they speak of', async () => {
    const bench = await PileBench.loggedIn();
    const { outcome } = await give(bench, stop);
    assert.ok(bench.pile.expects('0x35'));
    await bench.say(bench.raw(0x35, Buffer.from('0100', 'hex')));
    assert.equal((await outcome).status, 'accepted');
    assert.ok(!bench.pile.expects('0x35'));
  });

  it('is not sent to a gun that charges for somebody else by now', async () => {
    const bench = await PileBench.loggedIn();
    await bench.say(bench.frame(realtimeData, realtime({ txSerial: SERIAL.replace(/1$/, '2') })));
    const { outcome, frames } = await give(bench, stop);
    assert.deepEqual([(await outcome).status, frames], ['failed', []]);
  });
});

describe('other commands', () => {
  const cases: readonly [
    StationCommand,
    SentFrame['name'],
    object,
    (bench: PileBench, yes: boolean) => Promise<void>,
  ][] = [
    [
      { action: 'reset-station', payload: { type: 'Immediate' } },
      '0x92',
      { when: 1 },
      (bench, yes) => answer(bench, rebootReply, { pileNo: PILE_NO, result: Number(yes) }),
    ],
    [
      { action: 'reset-station', payload: { type: 'OnIdle' } },
      '0x92',
      { when: 2 },
      (bench, yes) => answer(bench, rebootReply, { pileNo: PILE_NO, result: Number(yes) }),
    ],
    [
      { action: 'change-availability', payload: { operationalStatus: 'Inoperative' } },
      '0x52',
      { lock: 1, maxPower: 100 },
      (bench, yes) => answer(bench, workParametersReply, { pileNo: PILE_NO, result: Number(yes) }),
    ],
    [
      {
        action: 'update-firmware',
        payload: { location: 'ftp://pile:se%20cret@10.0.0.7:2121/fw/v5.bin', retrieveAt: '2026-03-01T10:00:00Z' },
      },
      '0x94',
      { model: 1, host: '10.0.0.7', port: 2121, user: 'pile', pwd: 'se cret', path: '/fw/v5.bin', when: 1 },
      (bench, yes) => answer(bench, firmwareUpdateReply, { pileNo: PILE_NO, status: yes ? 0 : 3 }),
    ],
  ];

  for (const [command, name, facts, reply] of cases) {
    it(`${command.action} (${JSON.stringify(facts)}) is what the pile says, or times out, or is lost`, async () => {
      for (const yes of [true, false]) {
        const bench = await PileBench.loggedIn();
        const { outcome, frames } = await give(bench, command);
        assert.deepEqual(
          frames.map((frame) => frame.name),
          [name],
        );
        assert.partialDeepStrictEqual(frames[0]?.values, facts);
        await reply(bench, yes);
        assert.equal((await outcome).status, yes ? 'accepted' : 'rejected');
      }
      const silent = await PileBench.loggedIn();
      assert.equal((await (await give(silent, command, 20)).outcome).status, 'timeout');
      const lost = await PileBench.loggedIn();
      const { outcome } = await give(lost, command);
      lost.pile.closed();
      assert.equal((await outcome).status, 'unknown');
      lost.usable = false;
      assert.equal((await (await give(lost, command)).outcome).status, 'offline');
    });
  }

  it('trigger-message asks one gun, or all', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const { outcome, frames } = await give(bench, {
      action: 'trigger-message',
      payload: { requestedMessage: 'StatusNotification' },
    });
    assert.deepEqual(
      frames.map(({ name, values }) => [name, values.gun]),
      [
        ['0x12', '01'],
        ['0x12', '02'],
      ],
    );
    await bench.say(bench.frame(realtimeData, idle({ gun: '02' })));
    await bench.say(bench.frame(realtimeData, idle({ gun: '01' })));
    assert.equal((await outcome).status, 'accepted');
  });

  it('send-local-list sends differences in parts that fit', async () => {
    const bench = await PileBench.loggedIn();
    const token = (index: number) => `D14B0A${index.toString(16).padStart(2, '0')}`;
    const idTokenInfo = { status: 'Accepted' } as const;
    const localAuthorizationList = [
      ...Array.from({ length: 16 }, (_, index) => ({ idToken: token(index), idTokenInfo })),
      { idToken: token(99) },
    ];
    const command: StationCommand = {
      action: 'send-local-list',
      payload: { versionNumber: 2, updateType: 'Differential', localAuthorizationList },
    };
    const { outcome, frames } = await give(bench, command);
    assert.deepEqual(
      frames.map(({ name, values }) => [name, (values.cards as string[]).length]),
      [['0x44', 15]],
    );
    for (const count of [1, 1]) {
      await answer(bench, cardsSyncReply, { pileNo: PILE_NO, saved: 1, failReason: 0 });
      await new Promise(setImmediate);
      const next = bench.frames();
      assert.deepEqual(
        next.map(({ values }) => (values.cards as string[]).length),
        [count],
      );
    }
    await answer(bench, cardsClearReply, { pileNo: PILE_NO, items: ['00000000d14b0a630100'] });
    const { status, facts } = await outcome;
    assert.deepEqual([status, facts], ['accepted', { kind: 'local-list-sent', status: 'accepted' }]);
  });

  it('what the protocol cannot do fails with a sentence, and nothing is sent', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const list = { versionNumber: 1, localAuthorizationList: [] };
    const impossible: StationCommand[] = [
      { action: 'send-local-list', payload: { ...list, updateType: 'Full' } },
      { action: 'change-availability', payload: { evseId: 1, operationalStatus: 'Operative' } },
      { action: 'reset-station', payload: { type: 'Immediate', evseId: 1 } },
      { action: 'trigger-message', payload: { requestedMessage: 'BootNotification' } },
      { action: 'update-firmware', payload: { location: 'https://x.example/f', retrieveAt: '2026-03-01T10:00:00Z' } },
      { action: 'unlock-connector', payload: { evseId: 1 } },
    ];
    for (const command of impossible) {
      const { status, response } = await bench.pile.execute(command, instant(bench.clock.now() + PATIENCE_MS));
      const { error, message } = response as { error: string; message: string };
      assert.deepEqual([status, error], ['failed', 'NotSupported'], command.action);
      assert.match(message, /^The p/);
    }
    assert.deepEqual(bench.frames(), []);
    const { capabilities } = createYkcFamily();
    assert.ok(!capabilities.includes('reserve-now') && capabilities.includes('start-transaction'));
    assert.ok(capabilities.includes('show-cost'));
  });
});
