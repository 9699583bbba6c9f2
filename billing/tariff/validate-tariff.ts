import type * as z from 'zod';
import { type Tariff, tariffSchema } from '../contract/tariff.ts';
import type { TariffFinding, TariffFindingKind } from '../contract/tariff-finding.ts';
import type { Dimension } from '../contract/tariff-preview.ts';
import { type CompiledTariff, compileTariff } from '../rating/compile-tariff.ts';
import { describeRegion } from './describe-region.ts';
import { contradictions, limitWarnings } from './limit-findings.ts';
import { Effort, EVERYTHING, intersect, type Region, regionsOf, subtractAll } from './region.ts';

/** Gaps that one finding tells. */
const MAX_TOLD = 3;
/** More than that nobody reads. */
const MAX_FINDINGS = 100;

const NOUNS: Readonly<Record<Dimension, string>> = {
  ENERGY: 'energy',
  TIME: 'time charging',
  PARKING_TIME: 'time parking',
  FLAT: 'the start',
  SERVICE: 'service',
};

/**
 * All that is to say about a tariff as JSON: mistakes of form, or else what its elements do to each other. Nothing found is an empty list. What a day of
 * the week and a date have to do with each other is not looked at.
 */
export function validateTariff(json: unknown): TariffFinding[] {
  const read = tariffSchema.safeParse(json);
  return read.success ? bounded(findingsOf(read.data)) : tellMistakes(read.error);
}

/** What a schema of tariffs has found. */
export function tellMistakes(error: z.ZodError): TariffFinding[] {
  return bounded(malformed(error));
}

function bounded(findings: Iterable<TariffFinding>): TariffFinding[] {
  const told: TariffFinding[] = [];
  for (const finding of findings) {
    if (told.length === MAX_FINDINGS) {
      const message = `There is more; the first ${MAX_FINDINGS} are told.`;
      return [...told, { level: 'warning', kind: 'unclear', path: '', message }];
    }
    told.push(finding);
  }
  return told;
}

function* malformed({ issues }: z.ZodError): Generator<TariffFinding> {
  for (const { path, message } of issues) {
    const [field, element] = path;
    const about = field === 'elements' && typeof element === 'number' ? { element } : {};
    yield { level: 'mistake', kind: 'malformed', path: path.map(String).join('.'), message, ...about };
  }
}

function* findingsOf(tariff: Tariff): Generator<TariffFinding> {
  const compiled = compileTariff(tariff);
  // First, since it is a mistake: warnings beyond the hundredth are not told.
  yield* contradictions(tariff, compiled);
  yield* componentFindings(tariff);
  yield* limitWarnings(tariff, compiled);
  yield* wholeFindings(tariff);
  const candidates = candidatesOf(compiled);
  const effort = new Effort();
  for (const type of ['ENERGY', 'TIME', 'PARKING_TIME', 'SERVICE', 'FLAT'] as const) {
    const pricing = candidates.filter((candidate) => candidate.type === type);
    // A fee that is not always due is usual.
    if (type !== 'FLAT') yield* unpaid(type, pricing, tariff, effort);
    for (const [at, candidate] of pricing.entries()) {
      yield* priorityFindings(candidate, pricing.slice(0, at), effort);
      if (effort.isSpent) {
        const message = 'Its elements and their restrictions are too many to look at all of them.';
        yield { level: 'warning', kind: 'unclear', path: 'elements', message };
        return;
      }
    }
  }
}

/** One price of one element, and when its restrictions hold. */
interface Candidate {
  readonly element: number;
  readonly type: Dimension;
  readonly regions: readonly Region[];
}

function candidatesOf({ elements }: CompiledTariff): Candidate[] {
  return elements.flatMap(({ limits, components }, element) => {
    const regions = regionsOf(limits);
    return components.map(({ type }) => ({ element, type, regions }));
  });
}

/**
 * What earlier elements take from one: the first that holds wins (OCPI mod_tariffs, Tariff object). An earlier element within a later one is the
 * usual exception before the rule, and nothing to tell.
 */
function* priorityFindings(
  candidate: Candidate,
  earlier: readonly Candidate[],
  effort: Effort,
): Generator<TariffFinding> {
  const { type, element, regions } = candidate;
  const about = { level: 'warning', path: `elements.${element}`, element } as const;
  const all = earlier.flatMap((other) => other.regions);
  const left = subtractAll(regions, all, effort);
  if (left === undefined) {
    const message = `Its restrictions and those of the elements before it are too many to tell which of them counts for ${NOUNS[type]}.`;
    yield { ...about, kind: 'unclear', message };
    return;
  }
  if (left.length === 0) {
    const winners = earlier
      .filter((other) => common(candidate, other, effort) !== undefined)
      .map((other) => name(other.element));
    const message = `${capital(name(element))} never prices ${NOUNS[type]}: whenever it holds, ${words(winners)} comes first.`;
    yield { ...about, kind: 'unreachable', message };
    return;
  }
  for (const other of earlier) {
    const shared = common(candidate, other, effort);
    if (shared === undefined || subtractAll(other.regions, regions, effort)?.length === 0) continue;
    const message = `${capital(name(element))} is shadowed by ${name(other.element)} for ${NOUNS[type]} ${describeRegion(shared)}: both hold, and the first one counts.`;
    yield { ...about, kind: 'shadowed', message };
  }
}

function common(one: Candidate, other: Candidate, effort: Effort): Region | undefined {
  effort.spend(one.regions.length * other.regions.length);
  for (const a of one.regions) {
    for (const b of other.regions) {
      const shared = intersect(a, b);
      if (shared !== undefined) return shared;
    }
  }
  return undefined;
}

/** What is priced at some moments and free at others: perhaps nobody wanted that. What no element prices at all is free on purpose. */
function* unpaid(
  type: Dimension,
  pricing: readonly Candidate[],
  tariff: Tariff,
  effort: Effort,
): Generator<TariffFinding> {
  if (type === 'SERVICE' && tariff.service_fee_per_kwh !== undefined) return;
  const regions = pricing.flatMap((candidate) => candidate.regions);
  if (!regions.some((region) => intersect(region, EVERYTHING) !== undefined)) return;
  const gaps = subtractAll([EVERYTHING], regions, effort);
  if (gaps === undefined) {
    const message = `Its restrictions are too many to tell whether ${NOUNS[type]} is always paid for.`;
    yield { level: 'warning', kind: 'unclear', path: 'elements', message };
    return;
  }
  if (gaps.length === 0) return;
  const told = gaps.slice(0, MAX_TOLD).map(describeRegion).join('; ');
  const more = gaps.length > MAX_TOLD ? `; and ${gaps.length - MAX_TOLD} more` : '';
  const message = `Nobody pays for ${NOUNS[type]} ${told}${more}. An element without restrictions at the end would price what is left.`;
  yield { level: 'warning', kind: 'unpaid', path: 'elements', message };
}

/** Prices that do nothing, or not what they look like, whatever the other elements are. */
function* componentFindings({ elements, tax_included: tax }: Tariff): Generator<TariffFinding> {
  for (const [element, { price_components: components, restrictions }] of elements.entries()) {
    for (const [at, { type, vat }] of components.entries()) {
      const warning = (kind: TariffFindingKind, message: string, field = ''): TariffFinding => {
        const path = `elements.${element}.price_components.${at}${field}`;
        return { level: 'warning', kind, path, message, element };
      };
      if (components.findIndex((other) => other.type === type) < at) {
        const message = `${capital(name(element))} has two prices for ${NOUNS[type]}: only the first one counts.`;
        yield warning('unreachable', message);
      }
      if (restrictions?.reservation !== undefined && (type === 'ENERGY' || type === 'PARKING_TIME')) {
        yield warning('unreachable', `A reservation has no ${NOUNS[type]}: only TIME and FLAT can price it.`);
      }
      if (vat !== undefined && (tax === 'YES' || tax === 'N/A')) {
        const why = tax === 'YES' ? 'prices hold their tax already' : 'no tax applies';
        yield warning('unclear', `VAT of ${vat} % is not added: by tax_included ${why}.`, '.vat');
      }
    }
  }
}

/** What the parts of a tariff outside its elements do. */
function* wholeFindings(tariff: Tariff): Generator<TariffFinding> {
  const warning = (kind: TariffFindingKind, path: string, message: string): TariffFinding => ({
    level: 'warning',
    kind,
    path,
    message,
  });
  const { start_date_time: from, end_date_time: until } = tariff;
  if (typeof from === 'string' && typeof until === 'string' && Date.parse(until) <= Date.parse(from)) {
    yield warning('unreachable', 'end_date_time', 'The tariff is never valid: it ends before it starts.');
  }
  const hasParking = tariff.elements.some((one) => one.price_components.some(({ type }) => type === 'PARKING_TIME'));
  if (tariff.idle_fee !== undefined && hasParking) {
    const message = 'Parking has a price of its own: beyond the time of grace standing is paid for twice.';
    yield warning('charged-twice', 'idle_fee', message);
  }
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
