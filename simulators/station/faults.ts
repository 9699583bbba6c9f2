import { invalidOption } from './errors.ts';

/** What can go wrong with a CALL of the station. */
export type CallFault =
  /** The frame goes out, then the socket is cut before the answer can be read. */
  | { readonly kind: 'drop-before-answer' }
  /** Once answered, the same payload is sent again under a new message id, as stations do that lost the answer. */
  | { readonly kind: 'repeat'; readonly repetitions?: number }
  /** A broken frame goes out first, then the right one. */
  | { readonly kind: 'malformed-json' }
  /** Numbers become texts and texts that are numbers become numbers. */
  | { readonly kind: 'wrong-types' }
  /** Fields that no schema knows are added, also inside meter values. */
  | { readonly kind: 'vendor-fields' }
  | { readonly kind: 'omit-field'; readonly field: string }
  | { readonly kind: 'set-field'; readonly field: string; readonly value: unknown };

/** What can go wrong with the answer to a CALL of the central system. */
export type AnswerFault =
  | { readonly kind: 'never-answer' }
  /** The answer comes so many simulated seconds late. */
  | { readonly kind: 'answer-late'; readonly delaySeconds: number }
  /** The command is carried out, and answered with this. */
  | { readonly kind: 'wrong-answer'; readonly payload: object }
  /** The command is not carried out, but answered with CALLERROR. */
  | { readonly kind: 'call-error'; readonly code: string; readonly description?: string };

export interface FaultRule<F> {
  /** OCPP action; `*` is any. */
  readonly action: string;
  /** Strikes only payloads that hold these values, at any depth: `{ "eventType": "Started" }`. */
  readonly where?: Readonly<Record<string, unknown>> | undefined;
  readonly fault: F;
  /** How often it strikes; 1 when absent. */
  readonly times?: number;
  /** How many matching messages pass unharmed first. */
  readonly skip?: number;
}

/** What is wrong with the station's clock. It affects the times it writes, not when it acts. */
export type ClockFault =
  | { readonly kind: 'offset'; readonly milliseconds: number }
  /** Never set since power-on: counts from 1970-01-01T00:00:00Z. */
  | { readonly kind: 'since-1970' }
  /** Right, but written without a zone. */
  | { readonly kind: 'no-zone' };

/** What is wrong with a connector's meter. It affects what is reported, never what was really delivered. */
export type MeterFault =
  /** Counts down from the value it had. */
  | { readonly kind: 'runs-backwards' }
  /** Shows 0 at the start of every transaction. */
  | { readonly kind: 'restarts-at-zero' }
  /** Starts again at 0 after this many Wh. */
  | { readonly kind: 'rolls-over'; readonly atWh: number }
  /** Sends kWh and calls them Wh. */
  | { readonly kind: 'kwh-as-wh' }
  /** Shows the same value for ever. */
  | { readonly kind: 'stuck' };

/** Everything a station may read about what is wrong with its clock and its socket. */
export interface FaultSettings {
  clock: ClockFault | undefined;
  /** WebSocket pings get no pong, from the next connection on. */
  neverPong: boolean;
  /** The lock of the connector does not open. */
  lockStuck: boolean;
  firmware: 'none' | 'download-fails' | 'signature-invalid' | 'installation-fails';
  diagnostics: 'none' | 'upload-fails';
}

const MAX_RULES = 1000;

interface Armed<F> {
  readonly action: string;
  readonly where: Readonly<Record<string, unknown>>;
  readonly fault: F;
  times: number;
  skip: number;
}

/** Faults on demand of one station. Rules strike in the order of their making, each as often as it says. */
export class Faults implements FaultSettings {
  clock: ClockFault | undefined;
  neverPong = false;
  lockStuck = false;
  firmware: FaultSettings['firmware'] = 'none';
  diagnostics: FaultSettings['diagnostics'] = 'none';
  #calls: Armed<CallFault>[] = [];
  #answers: Armed<AnswerFault>[] = [];

  /** Spoils CALLs of the station. */
  spoilCall(rule: FaultRule<CallFault>): void {
    arm(this.#calls, rule);
  }

  /** Spoils answers to CALLs of the central system. */
  spoilAnswer(rule: FaultRule<AnswerFault>): void {
    arm(this.#answers, rule);
  }

  /** Everything works again. */
  clear(): void {
    this.#calls = [];
    this.#answers = [];
    this.clock = undefined;
    this.neverPong = false;
    this.lockStuck = false;
    this.firmware = 'none';
    this.diagnostics = 'none';
  }

  takeForCall(action: string, payload: object): CallFault | undefined {
    return take(this.#calls, action, payload);
  }

  takeForAnswer(action: string, payload: object): AnswerFault | undefined {
    return take(this.#answers, action, payload);
  }
}

function arm<F>(rules: Armed<F>[], rule: FaultRule<F>): void {
  const { action, where = {}, fault, times = 1, skip = 0 } = rule;
  if (!(times >= 1) || !(skip >= 0)) {
    throw invalidOption({ option: 'fault', reason: 'times must be at least 1 and skip at least 0' });
  }
  if (rules.length >= MAX_RULES) throw invalidOption({ option: 'fault', reason: `at most ${MAX_RULES} rules` });
  rules.push({ action, where, fault, times, skip });
}

function take<F>(rules: Armed<F>[], action: string, payload: object): F | undefined {
  for (const [index, rule] of rules.entries()) {
    if ((rule.action !== '*' && rule.action !== action) || !holds(payload, rule.where)) continue;
    if (rule.skip > 0) {
      rule.skip -= 1;
      continue;
    }
    rule.times -= 1;
    if (rule.times <= 0) rules.splice(index, 1);
    return rule.fault;
  }
  return undefined;
}

/** Whether a value holds all that an example says; what the example does not mention may be anything. */
function holds(value: unknown, example: unknown): boolean {
  if (typeof example !== 'object' || example === null) return value === example;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(example).every(([key, inner]) => holds((value as Record<string, unknown>)[key], inner));
}

/** The payload as a fault of its content leaves it; a new object. */
export function spoilPayload(payload: object, fault: CallFault): object {
  switch (fault.kind) {
    case 'wrong-types':
      return swapTypes(payload) as object;
    case 'vendor-fields':
      return addVendorFields(payload) as object;
    case 'omit-field': {
      const { [fault.field]: _omitted, ...rest } = payload as Record<string, unknown>;
      return rest;
    }
    case 'set-field':
      return { ...payload, [fault.field]: fault.value };
    default:
      return payload;
  }
}

function swapTypes(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
  return mapInside(value, swapTypes);
}

function addVendorFields(value: unknown): unknown {
  const inside = mapInside(value, addVendorFields);
  return typeof inside === 'object' && inside !== null && !Array.isArray(inside)
    ? { ...inside, vendorExtension: { note: 'not in the schema', level: 1 } }
    : inside;
}

function mapInside(value: unknown, change: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]));
}
