import type { MessageOrigin, RegistrationStatus, StationPort } from '@voltpile/csms/contract/station-port';
import { type Instant, instant } from '@voltpile/kernel/clock';
import type { InboundCall } from '@voltpile/ocpp/rpc/types';
import type { Conversation, MessageContext } from '../dialect.ts';

export const RECEIVED_AT: Instant = instant(Date.parse('2026-03-01T10:00:00Z'));

type Method = keyof StationPort;
type Answers = { [M in Method]?: Awaited<ReturnType<StationPort[M]>> | Error };

/** What a port answers when a test does not say otherwise. */
const ANSWERS: { [M in Method]: Awaited<ReturnType<StationPort[M]>> } = {
  admit: { outcome: 'unknown-station' },
  gatewayStarted: undefined,
  disconnected: undefined,
  booted: { status: 'Accepted', currentTime: RECEIVED_AT, intervalSeconds: 300 },
  heartbeat: undefined,
  authorize: { status: 'Accepted', groupIdToken: null, expiresAt: null },
  connectorStatusChanged: undefined,
  transactionStarted: {
    transactionId: '0195cfa4-0000-7000-8000-000000000001',
    stationTransactionId: '17',
    idTokenInfo: { status: 'Accepted', groupIdToken: null, expiresAt: null },
  },
  transactionEnded: { transactionId: null, stationTransactionId: null },
  metered: undefined,
  firmwareStatusChanged: undefined,
  logStatusChanged: undefined,
  securityEventReported: undefined,
  certificateRequested: { status: 'rejected' },
  dataTransferred: { status: 'unknown-vendor' },
  transactionUpdated: {
    transactionId: '0195cfa4-0000-7000-8000-000000000001',
    stationTransactionId: 'tx-1',
  },
  deviceReported: undefined,
  monitoringReported: undefined,
  deviceEventReported: undefined,
  chargingProfilesReported: undefined,
  chargingLimitChanged: undefined,
  chargingNeedsReported: { status: 'rejected' },
  chargingScheduleReported: { status: 'accepted' },
  reservationEnded: undefined,
  factReported: undefined,
  tariffAsked: null,
  tariffTaken: undefined,
  startNamed: undefined,
};

/** A station port that keeps what it was told, and the context of one message on top of it. */
export class RecordingPort {
  /** Method and argument of each call, as they would arrive on the far side of a network. */
  readonly calls: [Method, unknown][] = [];
  readonly observedClocks: Instant[] = [];
  readonly heartbeatIntervals: number[] = [];
  readonly port: StationPort;
  readonly conversation = new PaperConversation();

  constructor(answers: Answers = {}) {
    const all: Answers = { ...ANSWERS, ...answers };
    this.port = Object.fromEntries(
      (Object.keys(ANSWERS) as Method[]).map((method) => [
        method,
        async (...args: unknown[]) => {
          this.calls.push([method, JSON.parse(JSON.stringify(args[0] ?? null))]);
          const answer = all[method];
          if (answer instanceof Error) throw answer;
          return answer;
        },
      ]),
    ) as unknown as StationPort;
  }

  /** What the first call told. */
  get told(): unknown {
    const [first] = this.calls;
    if (first === undefined) throw new Error('the port was not called');
    return first[1];
  }

  context(lenient = false): MessageContext {
    return {
      port: this.port,
      conversation: this.conversation,
      receivedAt: RECEIVED_AT,
      lenient,
      origin: (call, oddities) => originOf(call, oddities),
      observeClock: (claimedAt) => this.observedClocks.push(claimedAt),
      heartbeatIntervalTold: (seconds) => this.heartbeatIntervals.push(seconds),
    };
  }
}

/** A conversation that forgets nothing by itself. */
export class PaperConversation implements Conversation {
  registrationStatus: RegistrationStatus = 'Accepted';
  readonly expected = new Set<string>();

  expect(what: string): void {
    this.expected.add(what);
  }

  forget(what: string): void {
    this.expected.delete(what);
  }

  isExpected(what: string): boolean {
    return this.expected.has(what);
  }
}

/** The origin that {@link RecordingPort} gives a message. */
export function originOf(call: InboundCall, oddities?: readonly string[]): MessageOrigin {
  return {
    station: 'station-key',
    epoch: 3,
    receivedAt: RECEIVED_AT,
    clockOffsetMs: null,
    raw: call.frame,
    messageName: call.action,
    ...(oddities === undefined ? {} : { oddities }),
  };
}

/** A CALL as it comes out of the RPC layer. */
export function callOf(action: string, payload: unknown): InboundCall {
  const frame = JSON.stringify([2, 'message-1', action, payload]);
  return { messageId: 'message-1', action, payload: (JSON.parse(frame) as unknown[])[3], frame };
}
