import type { ChargingCurve, ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import { instant } from '@voltpile/kernel/clock';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import type { ChargeFacts } from './charge-record.ts';
import type { AccountSource, TariffSource } from './settlement-ports.ts';

export interface PricingSources {
  readonly curves: ChargingCurvesPort;
  readonly tariffs: TariffSource;
  readonly accounts: AccountSource;
}

/** A vehicle is fed by few EVSEs. */
const MAX_GROUP = 64;

/** The curves of a charge: more than one where several EVSEs feed one vehicle. None when the transaction is not known. */
export async function curvesOf(curves: ChargingCurvesPort, transactionId: Uuid): Promise<readonly ChargingCurve[]> {
  const curve = await curves.read(transactionId);
  if (curve === null) return [];
  const { parallelGroup, stationId } = curve.transaction;
  if (parallelGroup === null) return [curve];
  const ids = (await curves.group(stationId, parallelGroup)).filter((id) => id !== transactionId).slice(0, MAX_GROUP);
  const others = await Promise.all(ids.map((id) => curves.read(id)));
  return [curve, ...others.filter((other) => other !== null)].sort((one, other) =>
    one.transaction.startedAt < other.transaction.startedAt ? -1 : 1,
  );
}

/** Who pays, and under which tariff: that which held for them when the charge began. */
export async function factsOf(sources: PricingSources, curves: readonly ChargingCurve[]): Promise<ChargeFacts> {
  const [main] = curves;
  if (main === undefined) throw new Error('a charge without a transaction');
  const { transaction } = main;
  const accountRef = curves.find((curve) => curve.accountRef !== null)?.accountRef ?? null;
  const account =
    accountRef === null || !isUuid(accountRef)
      ? null
      : await sources.accounts.find(transaction.organizationId, accountRef);
  const tariff = await sources.tariffs.tariffFor({
    organizationId: transaction.organizationId,
    siteId: transaction.siteId,
    stationId: transaction.stationId,
    evseId: transaction.evseId,
    accountId: account?.id ?? null,
    accountGroupId: account?.groupId ?? null,
    partnerId: account?.kind === 'partner' ? account.id : null,
    at: instant(Date.parse(transaction.startedAt)),
  });
  return { curves, accountId: account?.id ?? null, tariff };
}
