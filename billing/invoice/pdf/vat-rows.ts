import type { InvoiceContent } from '../../contract/invoices.ts';
import type { Money } from '../../contract/money.ts';
import { fromMoney } from '../../money/minor-units.ts';

/**
 * What of an invoice has which VAT. `limit`: brings charges of several rates to the least or most of their tariff. `none`: no VAT applies.
 * `included`: prices that hold their tax.
 */
export interface VatRow {
  readonly of: { readonly percent: string } | 'limit' | 'none' | 'included';
  readonly netMinor: bigint;
  /** null where it is not told. */
  readonly vatMinor: bigint | null;
}

/** All that the lines come to, so that nets sum up to the amounts of the table. None where nothing has VAT that is told. */
export function vatRowsOf({ charges, vat }: Pick<InvoiceContent, 'charges' | 'vat'>): readonly VatRow[] {
  if (vat.length === 0) return [];
  const told: VatRow[] = vat.map(({ percent, net, vat: tax }) => ({
    of: percent === null ? 'limit' : { percent },
    netMinor: fromMoney(net),
    vatMinor: fromMoney(tax),
  }));
  const amountsOf = (isGross: boolean): bigint =>
    sumMinor(
      charges
        .filter(({ exclVat }) => (exclVat === null) === isGross)
        .flatMap(({ lines }) => lines.map(({ amount }) => amount)),
    );
  const untaxed = amountsOf(false) - told.reduce((sum, { netMinor }) => sum + netMinor, 0n);
  const gross = amountsOf(true);
  return [
    ...told,
    ...(untaxed === 0n ? [] : [{ of: 'none', netMinor: untaxed, vatMinor: 0n } as const]),
    ...(gross === 0n ? [] : [{ of: 'included', netMinor: gross, vatMinor: null } as const]),
  ];
}

export function sumMinor(amounts: readonly Money[]): bigint {
  return amounts.reduce((total, amount) => total + fromMoney(amount), 0n);
}
