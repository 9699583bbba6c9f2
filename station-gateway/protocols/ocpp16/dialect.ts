import { COMMAND_PAYLOADS, type StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome, InterpretedAction } from '@voltpile/csms/contract/station-link';
import { type Clock, systemClock } from '@voltpile/kernel/clock';
import { findOcpp16Action } from '@voltpile/ocpp/actions/ocpp16';
import type { CallOutcome, CallReply, InboundCall, RpcErrorCode } from '@voltpile/ocpp/rpc/types';
import {
  findAllProblems,
  type Invalid,
  type PayloadCheck,
  type Problem,
  payloadCheck,
  warmUp,
} from '@voltpile/ocpp/validator';
import type { Caller, MessageContext, OcppDialect } from '../dialect.ts';
import type { Mapping } from '../ocpp-j/mapping.ts';
import { mayHoldNul, payloadWithoutNul, withoutNul } from '../ocpp-j/nul-characters.ts';
import { toOddities } from '../ocpp-j/oddities.ts';
import { failed } from '../ocpp-j/outcome.ts';
import { asFields } from '../ocpp-j/values/fields.ts';
import { COMMANDS } from './commands.ts';
import { Exchange } from './exchange.ts';
import type { Ocpp16Message } from './message.ts';
import { MESSAGES } from './messages.ts';

const VERSION = 'ocpp1.6';
/** Of a longer frame only the first problem is noted: finding all would cost memory by the number of problems. */
const MAX_FRAME_TO_EXPLAIN = 65_536;
const MAX_PROBLEMS_SHOWN = 20;

interface Checked<T> {
  readonly entry: T;
  readonly check: PayloadCheck;
}

/**
 * OCPP 1.6 with the security extension. Waits until every schema is compiled.
 *
 * @param options.clock what Heartbeat answers with
 */
export async function createOcpp16Dialect(options: { clock?: Clock } = {}): Promise<OcppDialect> {
  await warmUp(VERSION);
  return new Ocpp16Dialect(options.clock ?? systemClock);
}

class Ocpp16Dialect implements OcppDialect {
  readonly version = VERSION;
  readonly capabilities: readonly string[] = COMMANDS.map((entry) => entry.command);
  readonly transactionActions: ReadonlySet<string> = new Set(
    MESSAGES.filter((entry) => entry.isTransactional).map((entry) => entry.action),
  );
  readonly #clock: Clock;
  readonly #messages = new Map<string, Checked<Ocpp16Message>>();
  readonly #commands = new Map<string, Checked<Mapping<StationCommand, unknown>>>();
  readonly #commandsByAction = new Map<string, Mapping<StationCommand, unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
    for (const entry of MESSAGES) {
      this.#messages.set(entry.action, { entry, check: payloadCheck(VERSION, entry.action, 'request') });
    }
    for (const entry of COMMANDS) {
      this.#commands.set(entry.command, { entry, check: payloadCheck(VERSION, entry.action, 'request') });
      this.#commandsByAction.set(entry.action, entry);
    }
  }

  async handleCall(call: InboundCall, context: MessageContext): Promise<CallReply> {
    const message = this.#messages.get(call.action);
    if (message === undefined) {
      return findOcpp16Action(call.action) === undefined
        ? refusal('NotImplemented', 'This action is not known here.')
        : refusal('NotSupported', 'This action is sent by the central system, not by stations.');
    }
    const { entry, check } = message;
    const holdsNul = mayHoldNul(call.frame);
    const payload = holdsNul ? payloadWithoutNul(call) : call.payload;
    const invalid = check(payload);
    if (invalid !== null && !entry.isTransactional && !context.lenient) return refusalOf(invalid);
    const oddities = invalid === null ? undefined : toOddities(explain(call, payload, invalid));
    const exchange = new Exchange(call, context, this.#clock, oddities);
    if (holdsNul) exchange.odd('nul-character');
    const answer = await entry.handle(asFields(payload), exchange);
    if (answer !== null) return { kind: 'result', payload: answer };
    return invalid === null
      ? refusal('PropertyConstraintViolation', 'A value is outside what is possible.')
      : refusalOf(invalid);
  }

  async execute(command: StationCommand, call: Caller): Promise<CommandOutcome> {
    const found = this.#commands.get(command.action);
    if (found === undefined) return failed('NotSupported', 'OCPP 1.6 cannot carry this command.');
    const { entry, check } = found;
    const calls = entry.toCalls(command);
    if ('unsendable' in calls) return failed('NotSendable', calls.unsendable);
    for (const payload of calls) {
      const invalid = check(payload);
      if (invalid !== null) return failed(invalid.code, `${entry.action}: ${invalid.problems.map(show).join('; ')}`);
    }
    const answers: CallOutcome[] = [];
    for (const payload of calls) {
      const answer = await call(entry.action, payload as object);
      answers.push(answer);
      if (answer.kind === 'timeout' || answer.kind === 'closed') break;
    }
    const [first, ...more] = answers;
    if (first === undefined) return failed('NotSendable', 'The command is empty.');
    return withoutNul(entry.toOutcome([first, ...more], command));
  }

  interpret(action: string, payload: unknown): InterpretedAction {
    const entry = this.#commandsByAction.get(action);
    if (entry === undefined) {
      return findOcpp16Action(action) === undefined
        ? { kind: 'unknown-action' }
        : { kind: 'invalid', problems: [`${action} is sent by stations only.`] };
    }
    const invalid = findAllProblems(VERSION, action, payload);
    if (invalid !== null) return { kind: 'invalid', problems: invalid.problems.slice(0, MAX_PROBLEMS_SHOWN).map(show) };
    const command = entry.fromPayload(payload);
    if (command.action === 'raw-call') return { kind: 'raw', command };
    // The neutral command may be narrower. A stop names its transaction by the station's number; the domain finds ours.
    if (command.action !== 'stop-transaction') {
      const read = COMMAND_PAYLOADS[command.action].safeParse(command.payload);
      if (!read.success) {
        const problems = read.error.issues.slice(0, MAX_PROBLEMS_SHOWN);
        return { kind: 'invalid', problems: problems.map(({ path, message }) => `/${path.join('/')} ${message}`) };
      }
    }
    return { kind: 'command', command };
  }
}

function explain(call: InboundCall, payload: unknown, invalid: Invalid): Invalid {
  if (call.frame.length > MAX_FRAME_TO_EXPLAIN) return invalid;
  return findAllProblems(VERSION, call.action, payload) ?? invalid;
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
