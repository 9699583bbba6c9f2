import type { Uuid } from '@voltpile/kernel/ids';
import { toMoney } from '../money/minor-units.ts';
import type { NewCdr } from '../settlement/charge-record.ts';

/** As much of a record in euros as it takes to pay it; below 0 it is a credit. */
export function recordOfCharge(
  facts: Pick<NewCdr, 'organizationId' | 'accountId'> & { readonly id: Uuid; readonly minor: bigint } & Partial<NewCdr>,
): NewCdr {
  const { minor, ...others } = facts;
  const record: Partial<NewCdr> = {
    kind: minor < 0n ? 'credit' : 'charge',
    stationId: 'CP1',
    energyWh: 1000,
    currency: 'EUR',
    exclVat: null,
    inclVat: toMoney(minor, 'EUR'),
    creditsCdrId: null,
    ...others,
  };
  return record as NewCdr;
}
