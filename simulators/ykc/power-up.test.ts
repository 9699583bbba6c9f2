import assert from 'node:assert/strict';
import { heartbeat } from '@voltpile/ykc/messages/heartbeat';
import { login } from '@voltpile/ykc/messages/login';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { PILE, PileStage } from '../testing/pile-stage.ts';

describe('simulated pile: power-up', () => {
  it('logs in, fetches the tariff, tells its guns, and beats', async () => {
    await using stage = await PileStage.open();
    await stage.started({ type: 'AC' }, { connectors: 2, model: { iccid: '8986048610', firmwareVersion: 'V1.2.3' } });
    assert.deepEqual(stage.central.of(login), [
      {
        pileNo: PILE,
        pileType: 1,
        guns: 2,
        protoVer: 16,
        swVersion: 'V1.2.3',
        netType: 0,
        sim: '89860486100000000000',
        carrier: 0,
      },
    ]);
    assert.deepEqual(stage.central.story(), ['0x01', '0x55', '0x13', '0x13', '0x09']);
    await stage.time.advance(60_000);
    assert.equal(stage.central.of(heartbeat).length, 12);
    await stage.time.advance(600_000);
    assert.equal(stage.central.of(realtimeData).length, 2 + 2 * 2);
    assert.deepEqual(stage.central.violations, []);
  });
});
