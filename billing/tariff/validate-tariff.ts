import type * as z from 'zod';
import { type Tariff, tariffSchema } from '../contract/tariff.ts';
import type { Dimension } from '../contract/tariff-preview.ts';
import { compileTariff } from '../rating/compile-tariff.ts';
import { describeRegion } from './describe-region.ts';
import { halfHourRatesSchema } from './half-hour-rates.ts';
import { EVERYTHING, intersect, type Region, regionsOf, subtractAll } from './region.ts';

/** What is wrong with a tariff, or looks as if it were, in words for whoever made it. */
export interface Finding {
  /** A tariff with a mistake cannot be used; a warning may be meant. */
  readonly level: 'mistake' | 'warning';
  readonly kind: 'malformed' | 'unpaid' | 'shadowed' | 'unreachable' | 'charged-twice' | 'unclear';
  /** `elements.2.restrictions`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

const MAX_TOLD = 3;

const NOUNS: Readonly<Record<Dimension, string>> = {
  ENERGY: 'energy',
  TIME: 'time charging',
  PARKING_TIME: 'time parking',
  FLAT: 'the start',
  SERVICE: 'service',
};

/** All that is to say about a tariff as JSON: mistakes of form, or else what its elements do to each other. Nothing found is an empty list. */
export function validateTariff(json: unknown): Finding[] {
  const read = tariffSchema.safeParse(json);
  if (!read.success) return malformed(read.error);
  const candidates = candidatesOf(read.data);
  return [
    ...candidates.flatMap((candidate, at) => priorityFindings(candidate, candidates.slice(0, at))),
    ...(['ENERGY', 'TIME', 'PARKING_TIME', 'SERVICE'] as const).flatMap((type) => unpaid(type, candidates, read.data)),
    ...otherFindings(read.data),
  ];
}

/** The same for prices by the half hour. */
export function validateHalfHourRates(json: unknown): Finding[] {
  const read = halfHourRatesSchema.safeParse(json);
  return read.success ? [] : malformed(read.error);
}

function malformed({ issues }: z.ZodError): Finding[] {
  return issues.map(({ path, message }) => ({
    level: 'mistake',
    kind: 'malformed',
    path: path.map(String).join('.'),
    message,
  }));
}

/** One price of one element, and when its restrictions hold. */
interface Candidate {
  readonly element: number;
  readonly type: Dimension;
  readonly regions: readonly Region[];
}

function candidatesOf(tariff: Tariff): Candidate[] {
  return compileTariff(tariff).elements.flatMap(({ limits, components }, element) => {
    const regions = regionsOf(limits);
    return components.map(({ type }) => ({ element, type, regions }));
  });
}

/**
 * What earlier elements take from one: the first that holds wins (OCPI mod_tariffs, Tariff object). An earlier element within a later one is the
 * usual exception before the rule, and nothing to tell.
 */
function priorityFindings(candidate: Candidate, before: readonly Candidate[]): Finding[] {
  const { type, element, regions } = candidate;
  const earlier = before.filter((other) => other.type === type);
  const all = earlier.flatMap((other) => other.regions);
  const path = `elements.${element}`;
  const left = subtractAll(regions, all);
  if (left === undefined) {
    const message = `Its restrictions and those of the elements before it are too many to tell which of them counts for ${NOUNS[type]}.`;
    return [{ level: 'warning', kind: 'unclear', path, message }];
  }
  if (left.length === 0) {
    const winners = earlier
      .filter((other) => common(candidate, other) !== undefined)
      .map((other) => name(other.element));
    const message = `${capital(name(element))} never prices ${NOUNS[type]}: whenever it holds, ${words(winners)} comes first.`;
    return [{ level: 'warning', kind: 'unreachable', path, message }];
  }
  return earlier.flatMap((other): Finding[] => {
    const shared = common(candidate, other);
    if (shared === undefined || subtractAll(other.regions, regions)?.length === 0) return [];
    const message = `${capital(name(element))} is shadowed by ${name(other.element)} for ${NOUNS[type]} ${describeRegion(shared)}: both hold, and the first one counts.`;
    return [{ level: 'warning', kind: 'shadowed', path, message }];
  });
}

function common(one: Candidate, other: Candidate): Region | undefined {
  for (const a of one.regions) {
    for (const b of other.regions) {
      const shared = intersect(a, b);
      if (shared !== undefined) return shared;
    }
  }
  return undefined;
}

/** What is priced at some moments and free at others: perhaps nobody wanted that. What no element prices at all is free on purpose. */
function unpaid(type: Dimension, candidates: readonly Candidate[], tariff: Tariff): Finding[] {
  const pricing = candidates.filter((candidate) => candidate.type === type);
  if (pricing.length === 0 || (type === 'SERVICE' && tariff.service_fee_per_kwh !== undefined)) return [];
  const regions = pricing.flatMap((candidate) => candidate.regions);
  if (!regions.some((region) => intersect(region, EVERYTHING) !== undefined)) return [];
  const gaps = subtractAll([EVERYTHING], regions);
  if (gaps === undefined) {
    const message = `Its restrictions are too many to tell whether ${NOUNS[type]} is always paid for.`;
    return [{ level: 'warning', kind: 'unclear', path: 'elements', message }];
  }
  if (gaps.length === 0) return [];
  const told = gaps.slice(0, MAX_TOLD).map(describeRegion).join('; ');
  const more = gaps.length > MAX_TOLD ? `; and ${gaps.length - MAX_TOLD} more` : '';
  const message = `Nobody pays for ${NOUNS[type]} ${told}${more}. An element without restrictions at the end would price what is left.`;
  return [{ level: 'warning', kind: 'unpaid', path: 'elements', message }];
}

function otherFindings({ elements, idle_fee, tax_included: tax, min_price, max_price }: Tariff): Finding[] {
  const findings: Finding[] = [];
  const warn = (kind: Finding['kind'], path: string, message: string) =>
    findings.push({ level: 'warning', kind, path, message });
  elements.forEach(({ price_components: components, restrictions }, element) => {
    components.forEach(({ type, vat }, at) => {
      const path = `elements.${element}.price_components.${at}`;
      if (components.findIndex((other) => other.type === type) < at) {
        warn(
          'unreachable',
          path,
          `${capital(name(element))} has two prices for ${NOUNS[type]}: only the first one counts.`,
        );
      }
      if (restrictions?.reservation !== undefined && (type === 'ENERGY' || type === 'PARKING_TIME')) {
        warn('unreachable', path, `A reservation has no ${NOUNS[type]}: only TIME and FLAT can price it.`);
      }
      if (vat !== undefined && (tax === 'YES' || tax === 'N/A')) {
        const why = tax === 'YES' ? 'prices hold their tax already' : 'no tax applies';
        warn('unclear', `${path}.vat`, `VAT of ${vat} % is not added: by tax_included ${why}.`);
      }
    });
  });
  const isTaxed = elements.some((one) =>
    one.price_components.some(({ vat }) => vat !== undefined && Number(vat) !== 0),
  );
  for (const [path, limit] of Object.entries({ min_price, max_price })) {
    const given = [limit?.excl_vat, limit?.incl_vat].filter((amount) => amount !== undefined);
    if (isTaxed && tax !== 'YES' && tax !== 'N/A' && given.length === 1) {
      const missing = limit?.excl_vat === undefined ? 'excl_vat' : 'incl_vat';
      warn(
        'unclear',
        path,
        `Without ${missing} the amount ${missing === 'excl_vat' ? 'before' : 'with'} tax is not limited.`,
      );
    }
  }
  if (
    idle_fee !== undefined &&
    elements.some((one) => one.price_components.some(({ type }) => type === 'PARKING_TIME'))
  ) {
    warn(
      'charged-twice',
      'idle_fee',
      'Parking has a price of its own: beyond the time of grace standing is paid for twice.',
    );
  }
  return findings;
}

/** As people count. */
function name(element: number): string {
  return `element ${element + 1}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function words(names: readonly string[]): string {
  return [...new Set(names)].join(' or ');
}
