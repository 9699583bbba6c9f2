import { defineError } from '@voltpile/kernel/errors';
import type { AnswerFault, CallFault, ClockFault, FaultRule, MeterFault } from '../station/faults.ts';
import type { VehicleFacts } from '../station/vehicle.ts';
import type { ErrorCode, Protocol } from '../station/words.ts';

/** A number, or a range to draw one from. */
export type Amount = number | { readonly min: number; readonly max: number };

interface OnConnector {
  /** Without it: the connector that the step `each-connector` is at, else 1. */
  readonly connector?: number;
}

interface Only {
  /** Done only by stations of this protocol. A command of such a step is in the protocol's own words. */
  readonly only?: Protocol;
  /** Not done by stations of this protocol, which has no counterpart. */
  readonly unless?: Protocol;
}

/**
 * One thing to do. Plain data, so that a scenario may come from a JSON file. Seconds are simulated. The words are those of OCPP 1.6;
 * stations of other protocols read them as the README of this room says.
 */
export type Step = Only & Doing;

type Doing =
  /** Powers on and waits until the station is accepted. */
  | { readonly do: 'boot' }
  | { readonly do: 'wait'; readonly seconds: Amount }
  | ({ readonly do: 'plug-in'; readonly vehicle?: Omit<VehicleFacts, 'powerCurve'> } & OnConnector)
  | ({ readonly do: 'unplug' } & OnConnector)
  /** Shows a card; without `idTag` the one that was drawn for this connector. `when`: only while it charges, or only while not. */
  | ({ readonly do: 'card'; readonly idTag?: string; readonly when?: 'charging' | 'idle' } & OnConnector)
  /** The car asks to charge by its VIN. Stations of OCPP cannot do that. */
  | ({ readonly do: 'vin' } & OnConnector)
  /** Draws another card for the connector. */
  | { readonly do: 'next-card' }
  /** Waits until so much was charged, so much time has gone, the car is full or the transaction has ended. */
  | ({ readonly do: 'charge'; readonly energyWh?: Amount; readonly seconds?: Amount } & OnConnector)
  | { readonly do: 'go-offline' }
  | { readonly do: 'go-online' }
  | { readonly do: 'drop-connection' }
  | { readonly do: 'power-off'; readonly silent?: boolean }
  | { readonly do: 'power-on' }
  | { readonly do: 'reboot'; readonly type: 'Hard' | 'Soft' }
  | ({
      readonly do: 'fault';
      readonly errorCode: Exclude<ErrorCode, 'NoError'>;
      readonly info?: string;
    } & OnConnector)
  | ({ readonly do: 'clear-fault' } & OnConnector)
  | ({ readonly do: 'meter-fault'; readonly fault: MeterFault | null } & OnConnector)
  | { readonly do: 'clock-fault'; readonly fault: ClockFault | null }
  | { readonly do: 'spoil-call'; readonly rule: FaultRule<CallFault> }
  | { readonly do: 'spoil-answer'; readonly rule: FaultRule<AnswerFault> }
  /** Sets a configuration key from inside, as an installer does. */
  | { readonly do: 'configure'; readonly key: string; readonly value: string }
  /**
   * Carries out a command as if the central system had sent it. In the payload `"$idTag"` and `"$connector"` stand for the present
   * ones, and `{ "$in": 3600 }` for the time in so many seconds.
   */
  | { readonly do: 'command'; readonly action: string; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly do: 'data-transfer'; readonly vendorId: string; readonly messageId?: string; readonly data?: string }
  | { readonly do: 'security-event'; readonly type: string; readonly techInfo?: string }
  /** Waits for a command of the central system; goes on without it after `withinSeconds`. */
  | { readonly do: 'await-command'; readonly action: string; readonly withinSeconds: number }
  /** Waits until the connector charges, whoever has started it; goes on without after `withinSeconds`. */
  | { readonly do: 'await-charge'; readonly withinSeconds: number }
  /** Waits until every transaction message is answered, or `withinSeconds` have gone. */
  | { readonly do: 'flush'; readonly withinSeconds: number }
  /** Without `times`: until the scenario is stopped (or once, if it is to run once). */
  | { readonly do: 'repeat'; readonly times?: number; readonly steps: readonly Step[] }
  /** Does the steps on every connector at the same time, each with a card of its own. */
  | { readonly do: 'each-connector'; readonly steps: readonly Step[] };

export type StepKind = Step['do'];

export interface Scenario {
  readonly name: string;
  /** One line. */
  readonly description: string;
  readonly steps: readonly Step[];
}

export const invalidScenario = defineError(
  'simulator.invalid_scenario',
  'InvalidArgument',
  'The scenario is not valid at {path}: {reason}',
);

type Check = (value: unknown) => string | undefined;

const MAX_STEPS = 10_000;

const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a text is needed');
const number: Check = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? undefined : 'a number of 0 or more is needed';
const truth: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false is needed');
const object: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object is needed';
const objectOrNull: Check = (value) => (value === null ? undefined : object(value));
const amount: Check = (value) => {
  if (typeof value === 'number') return number(value);
  const { min, max } = (value ?? {}) as { min?: unknown; max?: unknown };
  const isRange = number(min) === undefined && number(max) === undefined && (min as number) <= (max as number);
  return isRange ? undefined : 'a number, or { min, max }, is needed';
};
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);
const oneOf =
  (...allowed: string[]): Check =>
  (value) =>
    allowed.includes(value as string) ? undefined : `one of ${allowed.join(', ')} is needed`;
/** Checked by {@link checkSteps} itself. */
const steps: Check = () => undefined;

const connector = optional(number);
const only = optional(oneOf('ocpp1.6', 'ocpp2.0.1', 'ykc'));

/** Fields of every step. */
const EVERYWHERE = ['do', 'only', 'unless'];

const FIELDS: Record<StepKind, Record<string, Check>> = {
  boot: {},
  wait: { seconds: amount },
  'plug-in': { connector, vehicle: optional(object) },
  unplug: { connector },
  card: { connector, idTag: optional(text), when: optional(oneOf('charging', 'idle')) },
  vin: { connector },
  'next-card': {},
  charge: { connector, energyWh: optional(amount), seconds: optional(amount) },
  'go-offline': {},
  'go-online': {},
  'drop-connection': {},
  'power-off': { silent: optional(truth) },
  'power-on': {},
  reboot: { type: oneOf('Hard', 'Soft') },
  fault: { connector, errorCode: text, info: optional(text) },
  'clear-fault': { connector },
  'meter-fault': { connector, fault: objectOrNull },
  'clock-fault': { fault: objectOrNull },
  'spoil-call': { rule: object },
  'spoil-answer': { rule: object },
  configure: { key: text, value: (value) => (typeof value === 'string' ? undefined : 'a text is needed') },
  command: { action: text, payload: object },
  'data-transfer': { vendorId: text, messageId: optional(text), data: optional(text) },
  'security-event': { type: text, techInfo: optional(text) },
  'await-command': { action: text, withinSeconds: number },
  'await-charge': { withinSeconds: number },
  flush: { withinSeconds: number },
  repeat: { times: optional(number), steps },
  'each-connector': { steps },
};

/**
 * Reads a scenario from outside (a JSON file).
 *
 * @throws invalidScenario that names the place and what is wrong there
 */
export function readScenario(value: unknown): Scenario {
  if (object(value) !== undefined) throw invalidScenario({ path: '/', reason: 'an object is needed' });
  const { name, description, steps: list } = value as Record<string, unknown>;
  for (const [field, content] of Object.entries({ name, description })) {
    const reason = text(content);
    if (reason !== undefined) throw invalidScenario({ path: `/${field}`, reason });
  }
  const count = checkSteps(list, '/steps');
  if (count > MAX_STEPS) throw invalidScenario({ path: '/steps', reason: `at most ${MAX_STEPS} steps` });
  return value as Scenario;
}

function checkSteps(list: unknown, path: string): number {
  if (!Array.isArray(list) || list.length === 0) throw invalidScenario({ path, reason: 'a list of steps is needed' });
  let count = list.length;
  for (const [index, step] of list.entries()) {
    const at = `${path}/${index}`;
    const kind = (step as { do?: unknown } | null)?.do;
    const fields = typeof kind === 'string' && Object.hasOwn(FIELDS, kind) ? FIELDS[kind as StepKind] : undefined;
    if (fields === undefined) {
      throw invalidScenario({ path: `${at}/do`, reason: `one of ${Object.keys(FIELDS).join(', ')} is needed` });
    }
    for (const [field, check] of Object.entries({ only, unless: only, ...fields })) {
      const reason = check((step as Record<string, unknown>)[field]);
      if (reason !== undefined) throw invalidScenario({ path: `${at}/${field}`, reason });
    }
    for (const field of Object.keys(step as object)) {
      if (!EVERYWHERE.includes(field) && !Object.hasOwn(fields, field)) {
        throw invalidScenario({ path: `${at}/${field}`, reason: `${kind} has no such field` });
      }
    }
    if ('steps' in fields) count += checkSteps((step as { steps?: unknown }).steps, `${at}/steps`);
  }
  return count;
}
