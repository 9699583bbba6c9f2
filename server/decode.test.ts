import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('decode.ts', import.meta.url));

function decode(...words: string[]): Promise<{ code: number; shown: Record<string, unknown> }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...words], (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, shown: JSON.parse(stdout) });
    });
  });
}

describe('npm run decode', () => {
  it('reads frames of 云快充, with or without spaces', async () => {
    for (const words of [['680c05000012320106000192360158b4'], ['68 0C 0500 00 12', '32010600019236', '01', '58B4']]) {
      const { code, shown } = await decode(...words);
      assert.equal(code, 0);
      assert.equal(shown.type, '0x12');
      assert.deepEqual(shown.decoded, { pileNo: '32010600019236', gun: '01' });
    }
  });

  it('reads messages of OCPP', async () => {
    const { code, shown } = await decode('[3,"7",{"status":"Accepted"}]');
    assert.equal(code, 0);
    assert.equal(shown.messageType, 'CALLRESULT');
  });

  it('says what cannot be read, and fails', async () => {
    for (const text of ['68', 'hello', '680', '[1']) {
      const { code, shown } = await decode(text);
      assert.equal(code, 1, text);
      assert.match((shown.error as { code: string }).code, /^(ykc|ocpp)\.not_a_/);
    }
  });
});
