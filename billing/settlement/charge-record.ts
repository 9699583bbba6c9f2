import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { milliWhToWh } from '@voltpile/kernel/units';
import type { CdrLine, CdrPeriod, CdrVat, CdrView } from '../contract/cdr.ts';
import type { Dimension } from '../contract/tariff-preview.ts';
import { fromMoney, toMoney } from '../money/minor-units.ts';
import type { CompiledTariff } from '../rating/compile-tariff.ts';
import type { MeteredSession } from '../rating/metered-session.ts';
import { UNITS } from '../rating/price-lines.ts';
import { type RatedPeriod, rateSession } from '../rating/rate-session.ts';
import { compareBill } from './compare-bill.ts';
import { meteredSessionOf } from './metered-session-of.ts';
import { type RoundedCharge, type RoundedLine, roundCharge } from './round-charge.ts';

/** Under what a charge is priced. */
export interface ChargeTariff {
  readonly tariffId: Uuid;
  readonly name: string;
  readonly version: number;
  readonly compiled: CompiledTariff;
}

export interface ChargeFacts {
  /** Of one charge, at least one: several EVSEs may feed one vehicle. */
  readonly curves: readonly ChargingCurve[];
  readonly accountId: Uuid | null;
  /** null: none was assigned, nothing is due. */
  readonly tariff: ChargeTariff | null;
  /** One was assigned, but no version of it was in effect. */
  readonly lacksVersion?: boolean;
}

/** A charge detail record before it is stored. */
export type NewCdr = Omit<CdrView, 'creditedByCdrId'>;

/** What a charge costs until then, its tax included, in minor units. */
export function costUntil({ curves, tariff }: ChargeFacts, untilMs: number): { minor: bigint; currency: string } {
  const session = meteredSessionOf(curves, untilMs);
  if (tariff === null) return { minor: 0n, currency: currencyOf(curves) };
  const { exact } = rateSession(tariff.compiled, session);
  return { minor: roundCharge(exact).inclVatMinor, currency: exact.currency };
}

/**
 * Prices a charge that has ended, for good.
 *
 * @param energyMilliWh what a person has said it was, in place of what was measured: the curve keeps its course
 * @throws rating.session_unusable
 */
export function recordCharge(
  facts: ChargeFacts,
  more: { readonly id: Uuid; readonly at: Instant; readonly reason: string | null; readonly energyMilliWh?: bigint },
): NewCdr {
  const { curves, accountId, tariff } = facts;
  const measured = meteredSessionOf(curves, more.at);
  const session = more.energyMilliWh === undefined ? measured : withEnergy(measured, more.energyMilliWh);
  const main = mainOf(curves);
  const rated = tariff === null ? undefined : rateSession(tariff.compiled, session);
  const charge = rated === undefined ? NOTHING_DUE : roundCharge(rated.exact);
  const currency = rated?.exact.currency ?? currencyOf(curves);
  const money = (minor: bigint) => toMoney(minor, currency);
  const { transaction } = main;
  const comparedWith = compareBill(curves, currency, charge.inclVatMinor);
  return {
    id: more.id,
    kind: 'charge',
    organizationId: transaction.organizationId,
    siteId: transaction.siteId,
    site: main.site,
    stationId: transaction.stationId,
    evseId: transaction.evseId,
    transactionIds: curves.map((curve) => curve.transaction.id),
    accountId,
    idToken: transaction.idToken,
    timeZone: session.timeZone,
    startedAt: toIso(instant(session.startMs)),
    endedAt: toIso(instant(session.endMs)),
    energyWh: milliWhToWh(session.readings.at(-1)?.energyMilliWh ?? 0n),
    currency,
    tariff: tariff === null ? null : { id: tariff.tariffId, name: tariff.name, version: tariff.version },
    lines: charge.lines.map((line) => lineOf(line, money)),
    vat: charge.vat.map(
      ({ percent, netMinor, vatMinor }): CdrVat => ({
        percent: percent?.toDecimal() ?? null,
        net: money(netMinor),
        vat: money(vatMinor),
      }),
    ),
    exclVat: charge.exclVatMinor === null ? null : money(charge.exclVatMinor),
    inclVat: money(charge.inclVatMinor),
    electricityFee: charge.electricityMinor === null ? null : money(charge.electricityMinor),
    serviceFee: charge.serviceMinor === null ? null : money(charge.serviceMinor),
    periods: rated?.periods.map(periodOf) ?? [],
    creditsCdrId: null,
    reason: more.reason,
    ...comparedWith,
    flags: tariff === null ? ['no-tariff', ...comparedWith.flags] : comparedWith.flags,
    createdAt: toIso(more.at),
  };
}

/** Takes a record back: the same with every amount and quantity the other way round. */
export function creditOf(
  cdr: CdrView,
  more: { readonly id: Uuid; readonly at: Instant; readonly reason: string },
): NewCdr {
  const { creditedByCdrId: _, ...record } = cdr;
  const back = <M extends CdrView['inclVat'] | null>(money: M): M =>
    money === null ? money : { ...money, amount: negated(money.amount) };
  return {
    ...record,
    id: more.id,
    kind: 'credit',
    energyWh: cdr.energyWh === 0 ? 0 : -cdr.energyWh,
    lines: cdr.lines.map((line) => ({
      ...line,
      quantity: negated(line.quantity),
      exact: negated(line.exact),
      amount: back(line.amount),
    })),
    vat: cdr.vat.map(({ percent, net, vat }) => ({ percent, net: back(net), vat: back(vat) })),
    exclVat: back(cdr.exclVat),
    inclVat: back(cdr.inclVat),
    electricityFee: back(cdr.electricityFee),
    serviceFee: back(cdr.serviceFee),
    periods: [],
    creditsCdrId: cdr.id,
    reason: more.reason,
    createdAt: toIso(more.at),
  };
}

/** What a record comes to, in minor units of its currency: what is due, and what of it is tax. */
export function amountsOf(cdr: Pick<CdrView, 'inclVat' | 'exclVat'>): { dueMinor: bigint; vatMinor: bigint } {
  const dueMinor = fromMoney(cdr.inclVat);
  return { dueMinor, vatMinor: cdr.exclVat === null ? 0n : dueMinor - fromMoney(cdr.exclVat) };
}

const NOTHING_DUE: RoundedCharge = {
  lines: [],
  vat: [],
  exclVatMinor: 0n,
  inclVatMinor: 0n,
  electricityMinor: null,
  serviceMinor: null,
};

/** Of several: the one that began first. */
export function mainOf(curves: readonly ChargingCurve[]): ChargingCurve {
  return curves.reduce((first, curve) => (curve.transaction.startedAt < first.transaction.startedAt ? curve : first));
}

function currencyOf(curves: readonly ChargingCurve[]): string {
  return mainOf(curves).currency;
}

/** The course of the curve stays; where nothing was measured, the energy comes at the end. */
function withEnergy(session: MeteredSession, energyMilliWh: bigint): MeteredSession {
  const measured = session.readings.at(-1)?.energyMilliWh ?? 0n;
  if (measured === 0n) return { ...session, readings: [{ atMs: session.endMs, energyMilliWh }] };
  return {
    ...session,
    readings: session.readings.map((reading) => ({
      ...reading,
      energyMilliWh: (reading.energyMilliWh * energyMilliWh) / measured,
    })),
  };
}

function lineOf(
  { line, percent, exact, amountMinor }: RoundedLine,
  money: (minor: bigint) => CdrLine['amount'],
): CdrLine {
  const common = { exact: exact.toDecimal(), amount: money(amountMinor) };
  const vatPercent = percent?.toDecimal() ?? null;
  if (line === null) {
    const flat: { dimension: Dimension; unit: CdrLine['unit'] } = { dimension: 'FLAT', unit: 'session' };
    return { ...flat, quantity: '1', price: exact.toDecimal(), vatPercent, ...common, periods: [] };
  }
  const { component, quantity, periods } = line;
  return {
    dimension: component.type,
    quantity: quantity.toDecimal(),
    unit: UNITS[component.type].unit,
    price: component.price.toDecimal(),
    vatPercent,
    ...common,
    periods,
  };
}

function periodOf({ startMs, endMs, energyMilliWh, activity, interpolated }: RatedPeriod): CdrPeriod {
  return {
    startedAt: toIso(instant(startMs)),
    endedAt: toIso(instant(endMs)),
    energyWh: milliWhToWh(energyMilliWh),
    activity,
    interpolated,
  };
}

function negated(decimal: string): string {
  if (/^-?[0.]*$/.test(decimal)) return decimal.replace('-', '');
  return decimal.startsWith('-') ? decimal.slice(1) : `-${decimal}`;
}
