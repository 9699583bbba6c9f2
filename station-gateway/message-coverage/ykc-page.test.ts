import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { codeText } from '@voltpile/ykc/messages/message';
import { MESSAGES as TABLES } from '@voltpile/ykc/messages/table';
import { COMMANDS } from '../protocols/ykc/commands.ts';
import { MESSAGES } from '../protocols/ykc/messages.ts';
import { handlingOf, sendersOf, YKC_PAGE_FILE, ykcPage } from './ykc-page.ts';

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
});
