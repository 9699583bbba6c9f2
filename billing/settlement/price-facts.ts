import type { ChargingCurve, ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import { instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { driverOf, type TariffQuestion } from '../tariff/choose-assignment.ts';
import { type ChargeFacts, mainOf } from './charge-record.ts';
import type { AccountQuestion, AccountSource, TariffSource } from './settlement-ports.ts';

export interface PricingSources {
  readonly curves: ChargingCurvesPort;
  readonly tariffs: TariffSource;
  readonly accounts: AccountSource;
}

/** A vehicle is fed by few EVSEs. */
const MAX_GROUP = 64;

/**
 * The curves of charges, at most 500: more than one where several EVSEs feed one vehicle.
 *
 * @returns in the order of the transactions; none where a transaction is not known
 */
export async function curvesOf(
  curves: ChargingCurvesPort,
  transactionIds: readonly Uuid[],
): Promise<(readonly ChargingCurve[])[]> {
  const read = new Map((await curves.readMany(transactionIds)).map((curve) => [curve.transaction.id, curve]));
  const found: (readonly ChargingCurve[])[] = [];
  for (const id of transactionIds) {
    const curve = read.get(id);
    found.push(curve === undefined ? [] : await withItsGroup(curves, curve, read));
  }
  return found;
}

async function withItsGroup(
  curves: ChargingCurvesPort,
  curve: ChargingCurve,
  known: ReadonlyMap<Uuid, ChargingCurve>,
): Promise<ChargingCurve[]> {
  const { id, parallelGroup, stationId } = curve.transaction;
  if (parallelGroup === null) return [curve];
  const ids = (await curves.group(stationId, parallelGroup)).filter((other) => other !== id).slice(0, MAX_GROUP);
  const others = await Promise.all(ids.map(async (other) => known.get(other) ?? (await curves.read(other))));
  return [curve, ...others.filter((other) => other !== null)].sort((one, other) =>
    one.transaction.startedAt < other.transaction.startedAt ? -1 : 1,
  );
}

/**
 * Who pays for charges, and under which tariffs: those that held for them when the charges began.
 *
 * @param charges each with the curves that it consists of: at least one
 * @returns in the order of the charges
 */
export async function factsOf(
  sources: Pick<PricingSources, 'tariffs' | 'accounts'>,
  charges: readonly (readonly ChargingCurve[])[],
): Promise<ChargeFacts[]> {
  const references = charges.map(accountQuestionOf);
  const asked = references.filter((reference) => reference !== null);
  const answers = asked.length === 0 ? [] : await sources.accounts.find(asked);
  const accounts = new Map(asked.map((reference, index) => [reference, answers[index] ?? null]));
  const payers = references.map((reference) => (reference === null ? null : (accounts.get(reference) ?? null)));
  const questions = charges.map((curves, index): TariffQuestion => {
    const { transaction } = mainOf(curves);
    return {
      organizationId: transaction.organizationId,
      siteId: transaction.siteId,
      stationId: transaction.stationId,
      evseId: transaction.evseId,
      ...driverOf(payers[index] ?? null),
      at: instant(Date.parse(transaction.startedAt)),
    };
  });
  const tariffs = await sources.tariffs.tariffsFor(questions);
  const unpriced = questions.filter((_, index) => (tariffs[index] ?? null) === null);
  const lacking = unpriced.length === 0 ? [] : await sources.tariffs.lackVersions(unpriced);
  const lacksVersion = new Map(unpriced.map((question, index) => [question, lacking[index] ?? false]));
  return charges.map((curves, index) => ({
    curves,
    accountId: payers[index]?.id ?? null,
    tariff: tariffs[index] ?? null,
    lacksVersion: lacksVersion.get(questions[index] as TariffQuestion) ?? false,
  }));
}

function accountQuestionOf(curves: readonly ChargingCurve[]): AccountQuestion | null {
  const { organizationId } = mainOf(curves).transaction;
  const accountRef = curves.find((curve) => curve.accountRef !== null)?.accountRef ?? null;
  return accountRef === null ? null : { organizationId, accountRef };
}
