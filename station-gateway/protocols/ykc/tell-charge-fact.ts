import type { FactKind } from '@voltpile/csms/contract/station-port';
import type { YkcExchange } from './exchange.ts';
import type { ChargeHead } from './tell-samples.ts';
import { evseIdOf } from './values/guns.ts';
import { NO_SERIAL } from './values/serials.ts';

/** Keeps something about a charge that is no measurement. */
export async function tellChargeFact(
  { txSerial, gun }: ChargeHead,
  exchange: YkcExchange,
  kind: FactKind,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  const evseId = evseIdOf(gun, exchange) ?? null;
  await exchange.port.factReported({
    origin: exchange.origin(),
    kind,
    detail: {
      message: exchange.frame.name,
      stationTransactionId: txSerial === NO_SERIAL ? null : txSerial,
      evseId,
      ...detail,
    },
  });
}
