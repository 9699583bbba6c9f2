import assert from 'node:assert/strict';
import { COMMAND_ACTIONS, type StationCommand } from '@voltpile/csms/contract/commands';
import { firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import { cardsClearReply, cardsSyncReply } from '@voltpile/ykc/messages/offline-cards';
import { tariffSetReply } from '@voltpile/ykc/messages/tariff';
import { COMMANDS } from './commands.ts';
import { SERIAL } from './testing/bodies.ts';
import { answer, charges, give, holdTimers, pass, refusalOf, settled } from './testing/give.ts';
import { PILE_NO, PileBench } from './testing/pile-bench.ts';

describe('apply-tariff at a pile', () => {
  holdTimers();
  const rate = { electricity: '0.7', service: '0.4' };
  const tariff = {
    currency: 'CNY',
    rates: { sharp: rate, peak: rate, flat: rate, valley: rate },
    slots: '3'.repeat(48),
  };
  const apply = (more: object = {}): StationCommand => ({
    action: 'apply-tariff',
    payload: { tariff: { ...tariff, ...more } },
  });

  it('tells the prices, and what the pile says to them', async () => {
    for (const [result, status] of [
      [1, 'accepted'],
      [0, 'rejected'],
    ] as const) {
      const bench = await PileBench.loggedIn();
      const { outcome, frames } = await give(bench, apply());
      const [sent] = frames;
      assert.deepEqual([sent?.name, sent?.values.flatElec, sent?.values.flatService], ['0x58', 70_000, 40_000]);
      await answer(bench, tariffSetReply, { pileNo: PILE_NO, result });
      assert.equal((await outcome).status, status);
    }
  });

  it('sends nothing that a pile cannot count', async () => {
    const bench = await PileBench.loggedIn();
    const { outcome, frames } = await give(bench, apply({ currency: 'EUR' }));
    assert.deepEqual([(await outcome).status, frames], ['failed', []]);
  });
});

describe('update-firmware at a pile', () => {
  holdTimers();

  const NOW = '2026-03-01T10:00:00Z';
  const update = (location: string, more: object = {}): StationCommand => ({
    action: 'update-firmware',
    payload: { location, retrieveAt: NOW, ...more },
  });

  it('fills in what the address leaves out, and waits for a charge to end', async () => {
    const bench = await PileBench.loggedIn();
    await charges(bench, SERIAL);
    const { frames } = await give(bench, update('ftp://files.example'));
    const { sequence: _, ...sent } = frames[0] ?? { sequence: '' };
    assert.deepEqual(sent, {
      name: '0x94',
      values: {
        pileNo: PILE_NO,
        model: 1,
        power: 0,
        host: 'files.example',
        port: 21,
        user: '',
        pwd: '',
        path: '/',
        when: 2,
        timeoutMin: 30,
      },
    });
  });

  it('takes what just fits', async () => {
    const bench = await PileBench.loggedIn();
    const part = 'x'.repeat(16);
    const { frames } = await give(bench, update(`ftp://${part}:${part}@${part}:65535/${'p'.repeat(31)}`));
    const { host, user, pwd, port, path } = frames[0]?.values ?? {};
    assert.deepEqual([host, user, pwd, port, path], [part, part, part, 65_535, `/${'p'.repeat(31)}`]);
  });

  it('refuses an address that does not fit', async () => {
    const bench = await PileBench.loggedIn();
    const long = 'x'.repeat(17);
    for (const location of [
      `ftp://${long}/f`,
      `ftp://${long}@h/f`,
      `ftp://u:${long}@h/f`,
      `ftp://h/${'p'.repeat(32)}`,
      'ftp://h/%E4%BA%91',
      'ftp://h/%00',
      'ftp://h/%zz',
      'ftp://u:%0A@h/f',
    ]) {
      assert.deepEqual(await refusalOf(bench, update(location)), ['failed', 'Unsendable'], location);
    }
    for (const location of ['https://h/f', 'ftps://h/f', 'sftp://h/f', 'http://ftp://h']) {
      assert.deepEqual(await refusalOf(bench, update(location)), ['failed', 'NotSupported'], location);
    }
  });

  it('cannot be told a time', async () => {
    const bench = await PileBench.loggedIn();
    for (const more of [{ retrieveAt: '2026-03-02T02:00:00Z' }, { installAt: NOW }]) {
      assert.deepEqual(await refusalOf(bench, update('ftp://h/f', more)), ['failed', 'NotSupported']);
    }
    const { frames } = await give(bench, update('ftp://h/f', { retrieveAt: '2026-03-01T18:00:30+08:00' }));
    assert.equal(frames.length, 1);
  });

  for (const [status, outcomeStatus, firmware] of [
    [0, 'accepted', 'Installed'],
    [1, 'rejected', 'InstallationFailed'],
    [2, 'rejected', 'InstallationFailed'],
    [3, 'rejected', 'DownloadFailed'],
  ] as const) {
    it(`is ${outcomeStatus} by 0x93 with ${status}, which is the firmware's status as well`, async () => {
      const bench = await PileBench.loggedIn();
      const { outcome } = await give(bench, update('ftp://h/f'));
      await answer(bench, firmwareUpdateReply, { pileNo: PILE_NO, status });
      assert.equal((await outcome).status, outcomeStatus);
      assert.equal(bench.told('firmwareStatusChanged')[0]?.status, firmware);
    });
  }
});

describe('send-local-list at a pile', () => {
  holdTimers();

  type Entry = { readonly idToken: string; readonly idTokenInfo?: { readonly status: 'Accepted' | 'Blocked' } };
  const listOf = (localAuthorizationList?: readonly Entry[]) =>
    ({
      action: 'send-local-list',
      payload: {
        versionNumber: 2,
        updateType: 'Differential',
        ...(localAuthorizationList === undefined ? {} : { localAuthorizationList }),
      },
    }) as StationCommand;
  const cards = (count: number, status?: 'Accepted' | 'Blocked'): Entry[] =>
    Array.from({ length: count }, (_, index) => ({
      idToken: (0xa0_00_01 + index).toString(16),
      ...(status === undefined ? {} : { idTokenInfo: { status } }),
    }));

  it('puts 15 cards to be added and 24 to be removed into a frame', async () => {
    for (const [entries, sizes] of [
      [cards(15, 'Accepted'), [['0x44', 15]]],
      [
        cards(31, 'Accepted'),
        [
          ['0x44', 15],
          ['0x44', 15],
          ['0x44', 1],
        ],
      ],
      [cards(24), [['0x46', 24]]],
      [
        [...cards(24), ...cards(1, 'Blocked')],
        [
          ['0x46', 24],
          ['0x46', 1],
        ],
      ],
    ] as const) {
      const bench = await PileBench.loggedIn();
      const { outcome, frames } = await give(bench, listOf(entries));
      const sent = [...frames];
      for (const [name] of sizes) {
        if (name === '0x44') await answer(bench, cardsSyncReply, { pileNo: PILE_NO, saved: 1, failReason: 0 });
        else await answer(bench, cardsClearReply, { pileNo: PILE_NO, items: ['0000000000a000010100'] });
        await settled();
        sent.push(...bench.frames());
      }
      assert.deepEqual(
        sent.map(({ name, values }) => [name, (values.cards as string[]).length]),
        sizes,
      );
      assert.equal((await outcome).status, 'accepted');
    }
  });

  it('shows digits of a card and sends its bytes', async () => {
    const bench = await PileBench.loggedIn();
    const idTokenInfo = { status: 'Accepted' } as const;
    const { frames } = await give(
      bench,
      listOf([
        { idToken: '1234', idTokenInfo },
        { idToken: 'D14B0A54', idTokenInfo },
      ]),
    );
    assert.deepEqual(frames[0]?.values.cards, ['0000000000001234'.repeat(2), '000000000000000000000000d14b0a54']);
  });

  it('is refused when a part is, and the rest is sent all the same', async () => {
    const bench = await PileBench.loggedIn();
    const { outcome } = await give(bench, listOf([...cards(16, 'Accepted'), { idToken: 'FF' }]));
    await answer(bench, cardsSyncReply, { pileNo: PILE_NO, saved: 0, failReason: 2 });
    await settled();
    await answer(bench, cardsSyncReply, { pileNo: PILE_NO, saved: 1, failReason: 0 });
    await settled();
    await answer(bench, cardsClearReply, { pileNo: PILE_NO, items: ['00000000000000ff0100'] });
    const { status, response, facts } = await outcome;
    const { parts } = response as { parts: Record<string, unknown>[] };
    assert.deepEqual([status, facts], ['rejected', { kind: 'local-list-sent', status: 'failed' }]);
    assert.deepEqual([parts.length, parts[0]?.failReasonText], [3, 'no space']);
    assert.deepEqual(
      bench.frames().map(({ name }) => name),
      ['0x44', '0x46'],
    );
  });

  for (const [items, status] of [
    [['00000000000000ff0102'], 'accepted'],
    [['00000000000000ff0001'], 'rejected'],
    [['00000000000000ff0100', '00000000000000fe0001'], 'rejected'],
    [[], 'rejected'],
  ] as const) {
    it(`is ${status} when what is removed became ${items.join(', ') || 'nothing'}`, async () => {
      const bench = await PileBench.loggedIn();
      const { outcome } = await give(bench, listOf([{ idToken: 'FF' }, { idToken: 'FE' }]));
      await answer(bench, cardsClearReply, { pileNo: PILE_NO, items });
      assert.equal((await outcome).status, status);
    });
  }

  it('asks no more of a pile that has gone silent', async () => {
    for (const end of ['timeout', 'unknown'] as const) {
      const bench = await PileBench.loggedIn();
      const { outcome, frames } = await give(bench, listOf([...cards(31, 'Accepted'), { idToken: 'FF' }]));
      assert.equal(frames.length, 1);
      if (end === 'timeout') await pass(bench, 5000);
      else bench.pile.closed();
      const { status, facts } = await outcome;
      assert.deepEqual([status, facts], [end, { kind: 'local-list-sent', status: 'failed' }]);
      assert.deepEqual(bench.frames(), []);
    }
  });

  it('is not sent when a card is none; without cards there is nothing to send', async () => {
    const bench = await PileBench.loggedIn();
    for (const idToken of ['app-user', '123', '0000', '0011223344556677FF']) {
      assert.deepEqual(await refusalOf(bench, listOf([...cards(1), { idToken }])), ['failed', 'Unsendable'], idToken);
    }
    for (const command of [listOf([]), listOf()]) {
      const { outcome, frames } = await give(bench, command);
      assert.deepEqual([(await outcome).status, frames], ['accepted', []]);
    }
  });
});

describe('what piles cannot do', () => {
  holdTimers();

  it('fails with NotSupported and the name of the command', async () => {
    const bench = await PileBench.loggedIn();
    const able = new Set<string>(COMMANDS.map(({ action }) => action));
    const impossible = COMMAND_ACTIONS.filter((action) => !able.has(action));
    // One that nobody gives.
    assert.equal(impossible.length + able.size, [...COMMAND_ACTIONS, 'show-cost'].length);
    for (const action of impossible) {
      const command = { action, payload: {} } as unknown as StationCommand;
      const { outcome, frames } = await give(bench, command);
      assert.deepEqual(
        [await outcome, frames],
        [
          {
            status: 'failed',
            response: { error: 'NotSupported', message: `The protocol of this pile cannot carry ${action}.` },
          },
          [],
        ],
      );
    }
  });
});
