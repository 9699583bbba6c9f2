import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { loginReply } from '@voltpile/ykc/messages/login';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { MESSAGES as TABLES } from '@voltpile/ykc/messages/table';
import { tariffCheck } from '@voltpile/ykc/messages/tariff';
import fc from 'fast-check';
import { COMMANDS } from '../protocols/ykc/commands.ts';
import { MESSAGES } from '../protocols/ykc/messages.ts';
import { FREE_OF_CHARGE } from '../protocols/ykc/tariff-model.ts';
import { arbitraryBodies } from '../protocols/ykc/testing/arbitrary-bodies.ts';
import { realtime } from '../protocols/ykc/testing/bodies.ts';
import { PILE_NO, PileBench } from '../protocols/ykc/testing/pile-bench.ts';
import { handlingOf, sendersOf, UNASKED, YKC_PAGE_FILE, ykcPage } from './ykc-page.ts';

describe('the coverage of 云快充', () => {
  it('is what docs/ykc-messages.md says (else: npm run docs:coverage)', async () => {
    assert.equal(await readFile(YKC_PAGE_FILE, 'utf8'), ykcPage());
  });

  it('misses no frame that a pile sends, and handles none twice', () => {
    for (const { code, direction } of TABLES) {
      assert.equal(handlingOf(code) !== undefined, direction === 'up', codeText(code));
    }
    assert.equal(new Set(MESSAGES.map(({ table }) => table.code)).size, MESSAGES.length);
  });

  it('can send every frame that asks for an answer', () => {
    const asking = TABLES.filter(({ direction, reply }) => direction === 'down' && reply !== null);
    for (const { code } of asking) assert.notDeepEqual(sendersOf(code), [], codeText(code));
  });

  it('knows the frames of each command, and no others', () => {
    const down = TABLES.filter(({ direction }) => direction === 'down').map(({ code }) => code as number);
    for (const { action, frames } of COMMANDS) {
      assert.ok(frames.length > 0 && frames.every((code) => down.includes(code)), action);
    }
  });

  it('tells the domain of each frame as it says', async () => {
    for (const { table, tells } of MESSAGES) {
      const called = new Set<string>();
      const random = fc.sample(arbitraryBodies(table as MessageTable), { numRuns: 100, seed: 1 });
      // Chance does not find the number of a tariff.
      const sameTariff = table === tariffCheck ? [Buffer.from(`${PILE_NO}${FREE_OF_CHARGE.modelNo}`, 'hex')] : [];
      for (const body of [...random, ...sameTariff]) {
        const bench = await PileBench.loggedIn();
        for (let times = 0; times < 2; times++) await bench.say(bench.raw(table.code, body));
        for (const method of bench.methods) called.add(method);
      }
      assert.deepEqual([...called].sort(), [...tells].sort(), codeText(table.code));
    }
  });

  it('sends unasked what it says', async () => {
    const idTokenInfo = { status: 'Invalid', groupIdToken: null, expiresAt: null } as const;
    const answers = { transactionStarted: { transactionId: null, stationTransactionId: null, idTokenInfo } };
    const bench = new PileBench({ settings: { qrCodePrefix: 'https://pile.example/' }, answers });
    await bench.say(bench.login());
    await bench.say(bench.frame(realtimeData, realtime()));
    const sent = new Set(bench.frames().map(({ name }) => Number(name)));
    sent.delete(loginReply.code);
    assert.deepEqual([...sent].sort(), [...UNASKED.keys()].sort());
  });
});
