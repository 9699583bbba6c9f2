import assert from 'node:assert/strict';
import type { ShowCost } from '@voltpile/csms/contract/commands';
import type { OcppDialect } from '../dialect.ts';
import { PaperConversation } from '../testing/recording-port.ts';
import { showCostOf } from '../testing/show-cost.ts';
import { createOcpp16Dialect } from './dialect.ts';

describe('show-cost in OCPP 1.6', () => {
  let dialect: OcppDialect;
  before(async () => {
    dialect = await createOcpp16Dialect();
  });

  async function give(command: ShowCost, status = 'Accepted') {
    const sent: { action: string; vendorId: string; messageId: string; data: unknown }[] = [];
    const { status: came } = await dialect.execute(
      command,
      async (action, payload) => {
        const { vendorId, messageId, data } = payload as { vendorId: string; messageId: string; data: string };
        sent.push({ action, vendorId, messageId, data: JSON.parse(data) });
        return { kind: 'result', payload: { status } };
      },
      new PaperConversation(),
    );
    return { came, sent };
  }
  const message = { action: 'DataTransfer', vendorId: 'org.openchargealliance.costmsg' };

  it('tells of a running charge', async () => {
    const running = { transactionId: 77, timestamp: '2026-03-01T12:10:00.000Z', meterValue: 5000, chargingPrice: {} };
    assert.deepEqual(await give(showCostOf()), {
      came: 'accepted',
      sent: [{ ...message, messageId: 'RunningCost', data: { ...running, cost: 12.3, state: 'Charging' } }],
    });
    const { sent } = await give(showCostOf({ isCharging: false }));
    assert.deepEqual(sent[0]?.data, { ...running, cost: 12.3, state: 'Idle' });
  });

  it('tells the final cost', async () => {
    const { sent } = await give(showCostOf({ isFinal: true }));
    assert.deepEqual(sent, [
      { ...message, messageId: 'FinalCost', data: { transactionId: 77, cost: 12.3, priceText: '12.30 EUR' } },
    ]);
  });

  it('may not be understood', async () => {
    assert.equal((await give(showCostOf(), 'UnknownVendorId')).came, 'rejected');
  });

  it('needs the number of the transaction', async () => {
    assert.deepEqual(await give(showCostOf({}, 'tx-1')), { came: 'failed', sent: [] });
  });

  it('is nothing that a DataTransfer of somebody is read as', () => {
    const payload = { vendorId: message.vendorId, messageId: 'RunningCost', data: '{}' };
    assert.equal(dialect.interpret('DataTransfer', payload).kind, 'raw');
  });
});
