import assert from 'node:assert/strict';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { encodeFrame } from '@voltpile/ykc/frames/frame';
import { encodeBody } from '@voltpile/ykc/messages/body';
import { firmwareUpdate } from '@voltpile/ykc/messages/firmware';
import { heartbeat } from '@voltpile/ykc/messages/heartbeat';
import type { MessageTable } from '@voltpile/ykc/messages/message';
import { parallelStartRequest } from '@voltpile/ykc/messages/parallel';
import { startRequest } from '@voltpile/ykc/messages/start';
import { showFrame } from './show-frame.ts';

function frame<F extends Fields>(table: MessageTable<F>, values: ValuesOf<F>): Buffer {
  return encodeFrame({ sequence: '0000', encryption: 0, type: table.code, body: encodeBody(table, values) });
}

const PASSWORD = 'abcdef0123456789';
const IN_HEX = Buffer.from(PASSWORD).toString('hex');
const REQUEST = {
  pileNo: '32010600019236',
  gun: '01',
  mode: 2,
  needPwd: 1,
  cardOrAccount: '00000000d14b0a54',
  pwd: PASSWORD,
  vin: 'LSVAU2180N2183294',
};
const FIRMWARE = {
  pileNo: '32010600019236',
  model: 1,
  power: 0,
  host: '192.0.2.7',
  port: 21,
  user: 'pile',
  pwd: PASSWORD,
  path: '/f.bin',
  when: 1,
  timeoutMin: 30,
};

describe('frames in the message log', () => {
  it('are hex, with stars for passwords and nothing else', () => {
    const frames = [
      frame(startRequest, REQUEST),
      frame(parallelStartRequest, { ...REQUEST, mainAux: 0, parallelNo: '260301120000' }),
      frame(firmwareUpdate, FIRMWARE),
    ];
    for (const bytes of frames) {
      const hex = bytes.toString('hex');
      assert.ok(hex.includes(IN_HEX));
      assert.equal(showFrame(bytes), hex.replace(IN_HEX, '*'.repeat(32)));
    }
  });

  it('are whole where there is no password', () => {
    const bytes = frame(startRequest, { ...REQUEST, mode: 1, needPwd: 0, pwd: '' });
    assert.equal(showFrame(bytes), bytes.toString('hex'));
    const alive = frame(heartbeat, { pileNo: '32010600019236', gun: '01', gunState: 0 });
    assert.equal(showFrame(alive), alive.toString('hex'));
  });

  it('hide what there is of a password when they are cut short, and never fail', () => {
    const whole = frame(firmwareUpdate, FIRMWARE);
    for (let length = 0; length < whole.length; length++) {
      const shown = showFrame(whole.subarray(0, length));
      assert.equal(shown.length, length * 2);
      assert.ok(!shown.includes(IN_HEX.slice(0, 6)), shown);
    }
  });
});
