import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const RULES = 37;

describe('the rules that implementers get wrong', () => {
  it('each have tests that exist, or a reason why not', async () => {
    const page = await readFile(join(ROOT, 'docs', 'ocpp-rules.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (\d+) \| (.+?) \| (.+) \|$/gm)];
    assert.deepEqual(
      rows.map(([, number]) => Number(number)),
      Array.from({ length: RULES }, (_, index) => index + 1),
    );
    for (const [, number, , held = ''] of rows) {
      const named = [...held.matchAll(/`([^` ]+) › ([^`]+)`/g)];
      if (named.length === 0) assert.match(held, /^No test yet: .{20,}/, `rule ${number}`);
      for (const [, file = '', title = ''] of named) {
        const text = await readFile(join(ROOT, file), 'utf8');
        const isThere = ["'", '`', '"'].some((quote) => text.includes(`(${quote}${title}${quote}`));
        assert.ok(isThere, `rule ${number}: ${file} has no test "${title}"`);
      }
    }
  });
});
