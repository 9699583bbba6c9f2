import { COMMAND_PAYLOADS, type GivenCommand, type StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome, InterpretedAction } from '@voltpile/csms/contract/station-link';
import type { Clock } from '@voltpile/kernel/clock';
import type { ActionEntry } from '@voltpile/ocpp/actions/types';
import type { CallOutcome, CallReply, InboundCall, OcppVersion, RpcErrorCode } from '@voltpile/ocpp/rpc/types';
import { findAllProblems, type Invalid, type PayloadCheck, type Problem, payloadCheck } from '@voltpile/ocpp/validator';
import type { Caller, Conversation, MessageContext, OcppDialect } from '../dialect.ts';
import { Exchange } from './exchange.ts';
import type { AnyMapping, Mapping } from './mapping.ts';
import type { JsonMessage } from './message.ts';
import { isDeep, withoutDepths } from './nesting.ts';
import { mayHoldNul, payloadWithoutNul, withoutNul } from './nul-characters.ts';
import { toOddities } from './oddities.ts';
import { failed } from './outcome.ts';
import { sameMessage } from './same-message.ts';
import { asFields } from './values/fields.ts';

/** Of a longer frame only the first problem is noted: finding all would cost memory by the number of problems. */
const MAX_FRAME_TO_EXPLAIN = 65_536;
const MAX_PROBLEMS_SHOWN = 20;

interface Checked<T> {
  readonly entry: T;
  readonly check: PayloadCheck;
}

/** What makes one OCPP version differ from another. */
export interface DialectTables {
  readonly version: OcppVersion;
  /** The version's name in texts: `OCPP 1.6`. */
  readonly name: string;
  readonly messages: readonly JsonMessage[];
  readonly commands: readonly AnyMapping<StationCommand, unknown>[];
  findAction(action: string): ActionEntry | undefined;
  /** Rules that say who may send what when; none when absent. */
  readonly admission?: AdmissionRules | undefined;
  /** A payload of ours as its schema is to judge it, where something that the station itself has made may break it; the payload when absent. */
  judgedBySchema?(action: string, payload: unknown): unknown;
}

/** Whether a station may talk, by the standing of its registration. */
export interface AdmissionRules {
  /** Why a message is not taken now; null when it is. */
  refuse(call: InboundCall, conversation: Conversation): CallReply | null;
  /** What we ask for with a command may come, whatever the rule says. To be called before the command leaves. */
  expect(command: StationCommand, conversation: Conversation): void;
  /** The station has not accepted the command: nothing will come. */
  forget(command: StationCommand, conversation: Conversation): void;
}

/**
 * An OCPP version over JSON: schema checks, refusals and oddities are the same for all, messages and commands are tables. To be made when
 * the version's schemas are warm.
 */
export class JsonDialect implements OcppDialect {
  readonly version: OcppVersion;
  readonly capabilities: readonly string[];
  readonly transactionActions: ReadonlySet<string>;
  readonly #tables: DialectTables;
  readonly #clock: Clock;
  readonly #messages = new Map<string, Checked<JsonMessage>>();
  readonly #commands = new Map<string, Checked<AnyMapping<StationCommand, unknown>>>();
  readonly #raw = new Map<string, Checked<AnyMapping<StationCommand, unknown>>>();
  readonly #commandsByAction = new Map<string, Mapping<StationCommand, unknown>>();

  constructor(tables: DialectTables, clock: Clock) {
    const { version, messages, commands } = tables;
    this.version = version;
    this.capabilities = [...new Set(commands.map((entry) => entry.command))];
    this.transactionActions = new Set(messages.filter((entry) => entry.isTransactional).map((entry) => entry.action));
    this.#tables = tables;
    this.#clock = clock;
    for (const entry of messages) {
      this.#messages.set(entry.action, { entry, check: payloadCheck(version, entry.action, 'request') });
    }
    for (const entry of commands) {
      const checked = { entry, check: payloadCheck(version, entry.action, 'request') };
      if (entry.command === 'raw-call') this.#raw.set(entry.action, checked);
      else this.#commands.set(entry.command, checked);
      // The first command that an action carries is the one that the action is read as.
      if ('fromPayload' in entry && !this.#commandsByAction.has(entry.action)) {
        this.#commandsByAction.set(entry.action, entry);
      }
    }
  }

  async handleCall(call: InboundCall, context: MessageContext): Promise<CallReply> {
    const message = this.#messages.get(call.action);
    if (message === undefined) {
      return this.#tables.findAction(call.action) === undefined
        ? refusal('NotImplemented', 'This action is not known here.')
        : refusal('NotSupported', 'This action is sent by the central system, not by stations.');
    }
    const early = this.#tables.admission?.refuse(call, context.conversation) ?? null;
    if (early !== null) return early;
    const { entry, check } = message;
    const holdsNul = mayHoldNul(call.frame);
    const given = holdsNul ? payloadWithoutNul(call) : call.payload;
    const deep = isDeep(given);
    const strict = !entry.isTransactional && !context.lenient;
    if (deep && strict) return refusal('FormatViolation', 'the payload is nested too deeply');
    const payload = deep ? withoutDepths(given) : given;
    const invalid = check(payload);
    if (invalid !== null && strict) return refusalOf(invalid);
    const oddities = invalid === null ? undefined : toOddities(this.#explain(call, payload, invalid));
    const exchange = new Exchange(call, context, this.#clock, oddities);
    if (holdsNul) exchange.odd('nul-character');
    if (deep) exchange.odd('too-deep');
    const answer = await entry.handle(asFields(payload), exchange);
    if (answer !== null) return { kind: 'result', payload: answer };
    return invalid === null
      ? refusal('PropertyConstraintViolation', 'A value is outside what is possible.')
      : refusalOf(invalid);
  }

  async execute(command: StationCommand, call: Caller, conversation: Conversation): Promise<CommandOutcome> {
    const found = command.action === 'raw-call' ? this.#rawOf(command) : this.#commands.get(command.action);
    if (found === undefined) return failed('NotSupported', `${this.#tables.name} cannot carry this command.`);
    const { entry, check } = found;
    const calls = entry.toCalls(command);
    if ('unsendable' in calls) return failed('NotSendable', calls.unsendable);
    for (const payload of calls) {
      const invalid = check(this.#judged(entry.action, payload));
      if (invalid !== null) return failed(invalid.code, `${entry.action}: ${invalid.problems.map(show).join('; ')}`);
    }
    const { admission } = this.#tables;
    admission?.expect(command, conversation);
    const answers: CallOutcome[] = [];
    for (const payload of calls) {
      const answer = await call(entry.action, payload as object);
      answers.push(
        answer.kind === 'result' && isDeep(answer.payload)
          ? { kind: 'result', payload: withoutDepths(answer.payload) }
          : answer,
      );
      if (answer.kind === 'timeout' || answer.kind === 'closed') break;
    }
    const [first, ...more] = answers;
    if (first === undefined) return failed('NotSendable', 'The command is empty.');
    const outcome = withoutNul(entry.toOutcome([first, ...more], command));
    if (outcome.status === 'rejected' || outcome.status === 'failed') admission?.forget(command, conversation);
    return outcome;
  }

  /** A raw call that names no known action falls to whatever raw mapping there is, which says why it cannot be sent. */
  #rawOf(
    command: Extract<StationCommand, { action: 'raw-call' }>,
  ): Checked<AnyMapping<StationCommand, unknown>> | undefined {
    return this.#raw.get(command.payload.action) ?? [...this.#raw.values()][0];
  }

  interpret(action: string, payload: unknown): InterpretedAction {
    const entry = this.#commandsByAction.get(action);
    if (entry === undefined) {
      return this.#tables.findAction(action) === undefined
        ? { kind: 'unknown-action' }
        : { kind: 'invalid', problems: [`${action} is sent by stations only.`] };
    }
    const invalid = findAllProblems(this.version, action, this.#judged(action, payload));
    if (invalid !== null) return { kind: 'invalid', problems: invalid.problems.slice(0, MAX_PROBLEMS_SHOWN).map(show) };
    const command = entry.fromPayload(payload);
    if (command.action === 'raw-call') return { kind: 'raw', command };
    const problems = neutralProblems(command);
    // What the neutral command cannot say goes as it is, where the version has a way for that.
    if (this.#raw.has(action) && (problems.length > 0 || !this.#saysAll(command, payload))) {
      return { kind: 'raw', command: { action: 'raw-call', payload: { action, payload } } };
    }
    return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'command', command };
  }

  /** Whether the command, written in this version's words again, is the payload that it was read from. */
  #saysAll(command: StationCommand, payload: unknown): boolean {
    const calls = this.#commands.get(command.action)?.entry.toCalls(command);
    if (calls === undefined || 'unsendable' in calls) return false;
    return sameMessage(calls, payload);
  }

  #judged(action: string, payload: unknown): unknown {
    return this.#tables.judgedBySchema?.(action, payload) ?? payload;
  }

  #explain(call: InboundCall, payload: unknown, invalid: Invalid): Invalid {
    if (call.frame.length > MAX_FRAME_TO_EXPLAIN) return invalid;
    return findAllProblems(this.version, call.action, payload) ?? invalid;
  }
}

function refusal(code: RpcErrorCode, description: string): CallReply {
  return { kind: 'error', code, description };
}

function refusalOf({ code, problems }: Invalid): CallReply {
  return refusal(code, problems.map(show).join('; '));
}

function show({ path, message }: Problem): string {
  return `${path === '' ? 'the payload' : path} ${message}`;
}

/** The neutral command may be narrower. A command that names a transaction by the station's word has none of ours; the domain finds it. */
function neutralProblems(command: Exclude<GivenCommand, { action: 'raw-call' }>): string[] {
  const { action, payload } = command;
  if (action === 'stop-transaction' || action === 'get-transaction-status') return [];
  const read = COMMAND_PAYLOADS[action].safeParse(payload);
  if (read.success) return [];
  return read.error.issues.slice(0, MAX_PROBLEMS_SHOWN).map(({ path, message }) => `/${path.join('/')} ${message}`);
}
