import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import { instant } from '@voltpile/kernel/clock';
import type { CallReply, InboundCall, OcppVersion } from '@voltpile/ocpp/rpc/types';
import type { Caller, MessageContext, OcppDialect } from '../protocols/dialect.ts';

const result = (payload: object): CallReply => ({ kind: 'result', payload });

/**
 * A dialect of half a dozen messages without validation, so that tests of connections do not depend on the rules of a real one.
 */
export function probeDialect(version: OcppVersion = 'ocpp1.6'): OcppDialect {
  return {
    version,
    capabilities: ['clear-cache', 'raw-call'],
    transactionActions: new Set(['StartTransaction', 'StopTransaction', 'MeterValues']),
    handleCall,
    execute,
    interpret(action, payload) {
      if (action !== 'ClearCache') return { kind: 'unknown-action' };
      return { kind: 'command', command: { action: 'clear-cache', payload: payload as Record<string, never> } };
    },
  };
}

async function handleCall(call: InboundCall, context: MessageContext): Promise<CallReply> {
  const { port } = context;
  const payload = (call.payload ?? {}) as Record<string, string | number>;
  const text = String(payload.timestamp ?? '');
  const at = text === '' ? null : instant(Date.parse(text));
  if (at !== null) context.observeClock(at);
  const origin = context.origin(call, payload.odd === undefined ? undefined : [String(payload.odd)]);
  const timestamp = { text, at };
  switch (call.action) {
    case 'BootNotification': {
      const none = { vendor: null, model: null, serialNumber: null, firmwareVersion: null, iccid: null, imsi: null };
      const boot = await port.booted({ origin, ...none, meterType: null, meterSerialNumber: null });
      context.heartbeatIntervalTold(boot.intervalSeconds);
      return result({ status: boot.status, interval: boot.intervalSeconds, lenient: context.lenient });
    }
    case 'Heartbeat':
      await port.heartbeat(origin);
      return result({ currentTime: new Date(context.receivedAt).toISOString() });
    case 'Authorize':
      return result(await port.authorize({ origin, idToken: { value: String(payload.idTag) } }));
    case 'StartTransaction':
      return result(await port.transactionStarted({ origin, timestamp, readings: [] }));
    case 'StopTransaction':
      await port.transactionEnded({ origin, timestamp, readings: [], stationTransactionId: String(payload.id) });
      return result({});
    case 'MeterValues':
      await port.metered({ origin, evseId: 1, readings: [] });
      return result({});
    case 'DataTransfer':
      return result({ data: 'x'.repeat(Number(payload.size)) });
    default:
      return { kind: 'error', code: 'NotImplemented', description: 'not known' };
  }
}

async function execute(command: StationCommand, call: Caller): Promise<CommandOutcome> {
  if (command.action === 'reset-station') throw new Error('a defect of the dialect');
  const outcome = await call(command.action, command.payload as object);
  switch (outcome.kind) {
    case 'result':
      return { status: 'accepted', response: outcome.payload };
    case 'error':
      return { status: 'failed', response: outcome };
    case 'timeout':
      return { status: 'timeout', response: null };
    case 'closed':
      return { status: outcome.sent ? 'unknown' : 'offline', response: null };
  }
}
