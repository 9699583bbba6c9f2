import assert from 'node:assert/strict';
import type { ShowCost } from '@voltpile/csms/contract/commands';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';
import type { OcppDialect } from '../dialect.ts';
import { PaperConversation } from '../testing/recording-port.ts';
import { showCostOf } from '../testing/show-cost.ts';
import { createOcpp201Dialect } from './dialect.ts';

describe('show-cost in OCPP 2.0.1', () => {
  let dialect: OcppDialect;
  before(async () => {
    dialect = await createOcpp201Dialect();
  });

  async function give(command: ShowCost, answer: CallOutcome = { kind: 'result', payload: {} }) {
    const sent: [action: string, payload: object][] = [];
    const { status } = await dialect.execute(
      command,
      async (...call) => {
        sent.push(call);
        return answer;
      },
      new PaperConversation(),
    );
    return { status, sent };
  }

  it('is CostUpdated, while a charge runs and when it is settled', async () => {
    const name = 'x'.repeat(40);
    const sent = [['CostUpdated', { totalCost: 12.3, transactionId: name }]];
    for (const isFinal of [false, true]) {
      assert.deepEqual(await give(showCostOf({ isFinal }, name)), { status: 'accepted', sent });
    }
    const unknown = { kind: 'error', code: 'NotImplemented', description: '' } as const;
    assert.equal((await give(showCostOf(), { ...unknown, details: {} } as CallOutcome)).status, 'failed');
  });
});
