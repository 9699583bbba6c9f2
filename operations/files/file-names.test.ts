import assert from 'node:assert/strict';
import fc from 'fast-check';
import { attachment, displayName, mediaType, urlName } from './file-names.ts';

describe('names of files', () => {
  it('are shown without folders and without what cannot be seen', () => {
    const names: [given: string | null | undefined, shown: string][] = [
      ['diag-2026.tar.gz', 'diag-2026.tar.gz'],
      ['../../etc/passwd', 'passwd'],
      ['C:\\logs\\a.log', 'a.log'],
      ['logs/2026/', '2026'],
      ['a\u0000b\u202egpj.exe\n', 'abgpj.exe'],
      ['充电桩 日志.zip', '充电桩 日志.zip'],
      ['\ud83d.log', '.log'],
      ['..', 'file'],
      ['', 'file'],
      [null, 'file'],
      [undefined, 'file'],
      ['x'.repeat(1000), 'x'.repeat(200)],
    ];
    for (const [given, shown] of names) assert.equal(displayName(given), shown, String(given));
  });

  it('are plain in URLs', () => {
    assert.equal(urlName('firmware 1.2 (beta).bin'), 'firmware_1.2_beta_.bin');
    assert.equal(urlName(`${'x'.repeat(300)}.bin`).length, 100);
    assert.ok(urlName(`${'x'.repeat(300)}.bin`).endsWith('.bin'));
  });

  it('cannot get out of a header or of a folder, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (given) => {
        const name = displayName(given);
        assert.ok(name.length > 0 && !/[/\\]/.test(name) && name !== '.' && name !== '..');
        assert.match(urlName(name), /^[\w.-]+$/);
        assert.match(attachment(name), /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''[\w.~%-]+$/);
        assert.equal(attachment(name).split('"').length, 3);
      }),
    );
  });

  it('keep their media type when it is one', () => {
    assert.equal(mediaType('Text/Plain; charset=utf-8'), 'text/plain');
    for (const odd of [undefined, '', 'text', 'a/b/c', 'text/html\r\nX: y', `a/${'b'.repeat(100)}`]) {
      assert.equal(mediaType(odd), 'application/octet-stream', odd);
    }
  });
});
