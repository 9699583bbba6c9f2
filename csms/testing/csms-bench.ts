import { FakeClock, instant } from '@voltpile/kernel/clock';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { EVERYTHING } from '../contract/access-scope.ts';
import { COMMAND_ACTIONS, type StationCommand } from '../contract/commands.ts';
import type { FundsPort } from '../contract/funds-port.ts';
import type { Epoch, StationKey } from '../contract/ids.ts';
import type { CommandOutcome, InterpretedAction, StationLink } from '../contract/station-link.ts';
import type { AdmissionDecision, Credentials, MessageOrigin } from '../contract/station-port.ts';
import { csmsMigrations } from '../persistence/migrations.ts';
import { type Csms, type CsmsSettings, createCsms } from '../service.ts';

export const SECRET = Buffer.alloc(32, 1);

/** The whole domain on a database of its own, with a clock that stands still and a gateway made of paper. */
export interface CsmsBench extends AsyncDisposable {
  readonly test: TestDatabase;
  readonly clock: FakeClock;
  readonly csms: Csms;
  readonly link: FakeLink;
  /** Registers a station without a key and connects it. */
  connect(identity: string, more?: Partial<Credentials>): Promise<Admitted>;
  admit(identity: string, more?: Partial<Credentials>): Promise<AdmissionDecision>;
  /** An origin as the gateway makes it. */
  origin(admitted: { station: StationKey; epoch: Epoch }, more?: Partial<MessageOrigin>): MessageOrigin;
  /** Types and data of all events so far, in order. */
  events(): Promise<{ type: string; stationId: string | null; data: Record<string, unknown> }[]>;
  rows(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export type Admitted = Extract<AdmissionDecision, { outcome: 'admitted' }>;

/** Answers commands as told; remembers what it was asked. */
export class FakeLink implements StationLink {
  readonly executed: { station: StationKey; epoch: Epoch; command: StationCommand; deadline: number }[] = [];
  readonly disconnected: { station: StationKey; epoch: Epoch; reason: string }[] = [];
  answer: (command: StationCommand) => Promise<CommandOutcome> = async () => ({
    status: 'accepted',
    response: { status: 'Accepted' },
  });
  reading: InterpretedAction = { kind: 'unknown-action' };

  execute(station: StationKey, epoch: Epoch, command: StationCommand, deadline: number): Promise<CommandOutcome> {
    this.executed.push({ station, epoch, command, deadline });
    return this.answer(command);
  }

  async interpret(): Promise<InterpretedAction> {
    return this.reading;
  }

  async disconnect(station: StationKey, epoch: Epoch, reason: string): Promise<void> {
    this.disconnected.push({ station, epoch, reason });
  }
}

export async function createCsmsBench(
  options: { settings?: Partial<CsmsSettings>; funds?: FundsPort; random?: () => number } = {},
): Promise<CsmsBench> {
  const test = await createTestDatabase({ migrations: [csmsMigrations] });
  const clock = new FakeClock('2026-03-01T12:00:00Z');
  const csms = createCsms({
    database: test.database,
    clock,
    logger: createLogger({ level: 'silent', format: 'json' }),
    metrics: createMetrics(),
    settings: {
      onboarding: 'pending',
      heartbeatIntervalSeconds: 300,
      commandTimeoutSeconds: 30,
      secret: SECRET,
      defaultTimeZone: 'Europe/Berlin',
      ...options.settings,
    },
    funds: options.funds,
    random: options.random ?? (() => 0.5),
  });
  const link = new FakeLink();
  csms.setLink(link);
  await csms.start();

  const admit: CsmsBench['admit'] = (identity, more = {}) =>
    csms.stationPort.admit({
      identity,
      passwordBase64: null,
      certificateVerified: false,
      unauthenticatedAllowed: true,
      remoteAddress: '127.0.0.1',
      protocol: 'ocpp1.6',
      capabilities: [...COMMAND_ACTIONS, 'raw-call'],
      nodeId: 'node-1',
      ...more,
    });

  return {
    test,
    clock,
    csms,
    link,
    admit,
    async connect(identity, more = {}) {
      await csms.operatorPorts.stations.register(EVERYTHING, { id: identity, password: null });
      const decision = await admit(identity, more);
      if (decision.outcome !== 'admitted') throw new Error(`${identity} was not admitted: ${decision.outcome}`);
      return decision;
    },
    origin: ({ station, epoch }, more = {}) => ({
      station,
      epoch,
      receivedAt: instant(clock.now()),
      clockOffsetMs: 0,
      raw: '[2,"1","X",{}]',
      messageName: 'X',
      ...more,
    }),
    async events() {
      const { rows } = await test.pool.query('select type, station_id, data from csms.outbox order by id');
      return rows.map(({ type, station_id, data }) => ({ type, stationId: station_id, data }));
    },
    async rows(text, values = []) {
      return (await test.pool.query(text, values)).rows;
    },
    async [Symbol.asyncDispose]() {
      await csms.stop();
      await test.dispose();
    },
  };
}

/** A password as the gateway hands it on. */
export function base64(password: string | Buffer): string {
  return Buffer.from(password as string).toString('base64');
}
