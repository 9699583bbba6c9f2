import type { ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import type { Uuid } from '@voltpile/kernel/ids';
import type { PricingSources } from './price-facts.ts';

/** Sources for a batch of charges: their curves are read at once, and each account is asked for once. */
export async function readAhead(sources: PricingSources, transactionIds: readonly Uuid[]): Promise<PricingSources> {
  const { curves, accounts } = sources;
  const read = new Map((await curves.readMany(transactionIds)).map((curve) => [curve.transaction.id, curve]));
  const known: ChargingCurvesPort = {
    readMany: (ids) => curves.readMany(ids),
    group: (stationId, parallelGroup) => curves.group(stationId, parallelGroup),
    ofIntents: (intentIds) => curves.ofIntents(intentIds),
    ended: (from, to, after, limit) => curves.ended(from, to, after, limit),
    read: async (id) => read.get(id) ?? curves.read(id),
  };
  const asked = new Map<string, ReturnType<typeof accounts.find>>();
  return {
    ...sources,
    curves: known,
    accounts: {
      find(organizationId, accountRef) {
        const key = `${organizationId} ${accountRef}`;
        const answer = asked.get(key) ?? accounts.find(organizationId, accountRef);
        asked.set(key, answer);
        return answer;
      },
    },
  };
}
