import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NO_LIMITS } from '@voltpile/csms/contract/funds-port';
import { appendEvents } from '@voltpile/csms/outbox/append-events';
import { BatchConnection, WRITER_CLIENT } from '@voltpile/csms/persistence/batch-connection';
import { saveBook } from '@voltpile/csms/persistence/decision-repository';
import { GroupCommit } from '@voltpile/csms/persistence/group-commit';
import type { MeteredMessage } from '@voltpile/csms/persistence/metered-repository';
import { maintainPartitions } from '@voltpile/csms/persistence/partitions';
import { internKinds } from '@voltpile/csms/persistence/sample-kinds-repository';
import { insertRawMessages, insertSamples, type SampleBlock } from '@voltpile/csms/persistence/sample-statements';
import {
  insertTransactionEvents,
  type TransactionEventRow,
} from '@voltpile/csms/persistence/transaction-event-statements';
import type { SampleKind } from '@voltpile/csms/samples/normalise-sample';
import type { PreparedSample } from '@voltpile/csms/samples/prepare-readings';
import { DecisionBook, type TransactionFacts } from '@voltpile/csms/transactions/decision-book';
import { newTransaction } from '@voltpile/csms/transactions/new-transaction';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { classifyDatabaseError } from '@voltpile/platform/database/connection';
import { type WebSocket, WebSocketServer } from 'ws';
import { startBenchDatabase } from './bench-database.ts';
import { serve } from './serve.ts';

/**
 * Rung (c): what storing the load durably costs at the least. A bare WebSocket, JSON.parse, and the same rows in the same tables by the
 * same group commit; no validation, no look-ups, no locks, no rules.
 */
await serve(async () => {
  const bench = await startBenchDatabase(Number(process.argv[2]));
  await maintainPartitions(bench.database.knex, new Date());
  const connect = () => bench.database.dedicatedClient(WRITER_CLIENT);
  const sampleConnection = new BatchConnection(connect, classifyDatabaseError);
  const decisionConnection = new BatchConnection(connect, classifyDatabaseError);

  const meterWriter = new GroupCommit<MeteredMessage & { block: SampleBlock }, void>({
    maxBatch: 500,
    maxWaiting: 20_000,
    run: (messages) =>
      sampleConnection.transaction(async (transaction) => {
        await transaction.finish([
          insertSamples(messages.map(({ block }) => block)),
          ...insertReports(messages),
          insertRawMessages(messages.map(({ raw }) => raw)),
          appendEvents(messages.map(({ event }) => event)),
        ]);
        return messages.map(() => undefined);
      }),
  });
  const decisionWriter = new GroupCommit<(book: DecisionBook) => void, void>({
    maxBatch: 500,
    maxWaiting: 20_000,
    run: (jobs) =>
      decisionConnection.transaction(async (transaction) => {
        const book = new DecisionBook();
        for (const job of jobs) job(book);
        await saveBook(transaction, book);
        return jobs.map(() => undefined);
      }),
  });

  const insertReports = (messages: readonly MeteredMessage[]) => {
    const reports = messages.flatMap(({ transactionEvent }) => transactionEvent ?? []);
    return reports.length === 0 ? [] : [insertTransactionEvents(reports)];
  };

  const kindIds = new Map<string, number>();
  const kindOf = async (value: Record<string, string>): Promise<number> => {
    const key = `${value.measurand} ${value.phase} ${value.location} ${value.context} ${value.unit}`;
    let id = kindIds.get(key);
    if (id === undefined) {
      const kind: SampleKind = {
        measurand: value.measurand as string,
        phase: value.phase ?? null,
        location: value.location ?? 'Outlet',
        context: value.context ?? 'Sample.Periodic',
        format: 'Raw',
        unit: value.unit ?? null,
        basis: 'register',
      };
      [id] = (await internKinds(bench.database.pool, [kind])) as [number];
      kindIds.set(key, id);
    }
    return id;
  };

  const byName = new Map<string, TransactionFacts>();
  let lastNumber = 0;
  const { organizationId, siteId } = bench;

  const handle = async (socket: WebSocket, identity: string, frame: string): Promise<void> => {
    const [, id, action, payload] = JSON.parse(frame);
    const receivedAt = instant(Date.now());
    const station = bench.stations.get(identity) as string;
    const origin = { station, epoch: 1, receivedAt, clockOffsetMs: null, raw: frame, messageName: action };
    const reply = (result: unknown): void => socket.send(JSON.stringify([3, id, result]));
    const event = (
      type: 'transaction.started' | 'transaction.metered' | 'transaction.ended',
      data: Record<string, unknown>,
    ) => ({
      type,
      organizationId,
      siteId,
      stationId: identity,
      data,
    });
    const start = (facts: ChargeStart): TransactionFacts => {
      const startedAt = instant(Date.parse(facts.at));
      const transaction = newTransaction(
        { id: station, organizationId, siteId, timeZone: 'UTC', ratedPowerW: null },
        {
          origin,
          evse: { evseId: 1, connectorId: 1 },
          idToken: { value: facts.token },
          timestamp: { text: facts.at, at: startedAt },
        },
        {
          origin: 'reported',
          stationTransactionId: facts.name,
          startKey: facts.key,
          startedAt,
          meterStartMilliWh: BigInt(facts.meter) * 1000n,
          authorizationStatus: 'Accepted',
          flags: new Set(),
        },
      );
      transaction.intentId = uuidv7();
      transaction.authorizedAt = receivedAt;
      byName.set(`${identity} ${facts.name}`, transaction);
      return transaction;
    };
    const storeStart = (transaction: TransactionFacts, facts: ChargeStart): Promise<void> =>
      decisionWriter.submit((book) => {
        book.newTransactions.add(transaction);
        book.newIntents.add({
          id: transaction.intentId as string,
          organizationId,
          siteId,
          stationId: station,
          evseId: 1,
          idToken: transaction.idToken as string,
          displayIdToken: transaction.displayIdToken as string,
          accountRef: null,
          channel: 'card',
          dialectRef: null,
          parallelGroup: null,
          limits: NO_LIMITS,
          status: 'started',
          refusal: null,
          transactionId: transaction.id,
          createdAt: receivedAt,
          expiresAt: receivedAt,
        });
        keep(book, transaction, facts.report);
        book.events.push(
          event('transaction.started', {
            transactionId: transaction.id,
            stationTransactionId: facts.name,
            evseId: 1,
            connectorId: 1,
            idToken: facts.token,
            authorizationStatus: 'Accepted',
            startedAt: facts.at,
            meterStartWh: facts.meter,
            flags: [],
          }),
        );
      });
    /** The frame, and for a counted report its row and its samples. */
    const keep = (book: DecisionBook, transaction: TransactionFacts, report: Report | undefined): void => {
      book.raws.push({ origin, transactionId: transaction.id });
      if (report === undefined) return;
      book.transactionEvents.push(reportRow(transaction, report, receivedAt));
      const { id: ownerId, partitionAt } = transaction;
      book.samples.push({ ownerId, partitionAt, receivedAt, samples: report.samples });
    };
    const storeStop = async (transaction: TransactionFacts, facts: ChargeStart & { reason: string }): Promise<void> => {
      byName.delete(`${identity} ${facts.name}`);
      await decisionWriter.submit((book) => {
        transaction.status = 'ended';
        transaction.endedAt = instant(Date.parse(facts.at));
        transaction.energyStartedAt = transaction.startedAt;
        transaction.energyEndedAt = transaction.endedAt;
        transaction.meterStopMilliWh = BigInt(facts.meter) * 1000n;
        transaction.meteredMilliWh = transaction.meterStopMilliWh - (transaction.meterStartMilliWh as bigint);
        transaction.billableMilliWh = transaction.meteredMilliWh;
        transaction.stopReason = facts.reason;
        transaction.stopIdToken = facts.token;
        transaction.stopKey = facts.key;
        book.changedTransactions.add(transaction);
        keep(book, transaction, facts.report);
        book.events.push(
          event('transaction.ended', {
            transactionId: transaction.id,
            stationTransactionId: transaction.stationTransactionId,
            evseId: 1,
            endedAt: facts.at,
            energyWh: Number(transaction.meteredMilliWh) / 1000,
            stopReason: facts.reason,
            estimated: false,
            flags: [],
            holds: [],
          }),
        );
      });
    };
    const readSamples = async (meterValue: MeterValue[]): Promise<PreparedSample[]> => {
      const samples: PreparedSample[] = [];
      for (const { timestamp, sampledValue } of meterValue) {
        const occurredAt = instant(Date.parse(timestamp));
        for (const { value, unitOfMeasure, ...about } of sampledValue) {
          const kindId = await kindOf({ ...about, ...unitOfMeasure });
          samples.push({ kindId, ordinal: 0, occurredAt, effectiveAt: null, value: String(value), text: null });
        }
      }
      return samples;
    };
    const storeSamples = async (
      transaction: TransactionFacts,
      name: string,
      meterValue: MeterValue[],
      report: Omit<Report, 'samples'> | undefined,
    ): Promise<void> => {
      const samples = await readSamples(meterValue);
      await meterWriter.submit({
        transactionEvent: report === undefined ? null : reportRow(transaction, report, receivedAt),
        block: { ownerId: transaction.id, partitionAt: transaction.partitionAt, receivedAt, samples },
        raw: { origin, transactionId: transaction.id },
        event: event('transaction.metered', {
          transactionId: transaction.id,
          stationTransactionId: name,
          evseId: 1,
          timestamp: meterValue[0]?.timestamp,
          meterWh: Number(samples[0]?.value),
          powerW: Number(samples[1]?.value),
          socPercent: Number(samples[5]?.value),
        }),
      });
    };

    if (action === 'BootNotification') {
      reply({ status: 'Accepted', interval: 300, currentTime: new Date().toISOString() });
    } else if (action === 'StartTransaction') {
      const number = ++lastNumber;
      const { idTag: token, timestamp: at, meterStart: meter } = payload;
      const facts = { name: String(number), key: `1|1|${token}|${at}|${meter}`, token, at, meter };
      await storeStart(start(facts), facts);
      reply({ transactionId: number, idTagInfo: { status: 'Accepted' } });
    } else if (action === 'MeterValues') {
      const name = String(payload.transactionId);
      await storeSamples(byName.get(`${identity} ${name}`) as TransactionFacts, name, payload.meterValue, undefined);
      reply({});
    } else if (action === 'StopTransaction') {
      const { transactionId, idTag: token, timestamp: at, meterStop: meter, reason } = payload;
      const name = String(transactionId);
      const facts = { name, key: `${name}|${at}|${meter}`, token, at, meter, reason };
      await storeStop(byName.get(`${identity} ${name}`) as TransactionFacts, facts);
      reply({ idTagInfo: { status: 'Accepted' } });
    } else if (action === 'TransactionEvent') {
      const name = payload.transactionInfo.transactionId as string;
      const report = { payload, type: payload.eventType.toLowerCase() };
      if (payload.eventType === 'Updated') {
        await storeSamples(byName.get(`${identity} ${name}`) as TransactionFacts, name, payload.meterValue, report);
        reply({});
        return;
      }
      const samples = await readSamples(payload.meterValue);
      const { timestamp: at } = payload;
      const meter = payload.meterValue[0].sampledValue[0].value;
      const facts = { name, token: payload.idToken.idToken, at, meter, report: { ...report, samples } };
      if (payload.eventType === 'Started') {
        const own = { ...facts, key: `name:${name}` };
        await storeStart(start(own), own);
      } else {
        const own = { ...facts, key: `${name}|${at}|`, reason: payload.transactionInfo.stoppedReason };
        await storeStop(byName.get(`${identity} ${name}`) as TransactionFacts, own);
      }
      reply({ idTokenInfo: { status: 'Accepted' } });
    }
  };

  const server = createServer();
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: false,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  sockets.on('connection', (socket, request) => {
    const identity = (request.url ?? '').slice('/ocpp/'.length);
    socket.on('message', (data) => void handle(socket, identity, data.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ocpp`,
    count: () => bench.count(),
    async stop() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      await Promise.all([meterWriter.close(), decisionWriter.close()]);
      await Promise.all([sampleConnection.close(), decisionConnection.close()]);
      await bench.stop();
    },
  };
});

interface ChargeStart {
  readonly name: string;
  readonly key: string;
  readonly token: string;
  readonly at: string;
  readonly meter: number;
  readonly report?: Report;
}

interface MeterValue {
  readonly timestamp: string;
  readonly sampledValue: (Record<string, string> & { readonly unitOfMeasure?: Record<string, string> })[];
}

/** What a counted report stores beside its frame. */
interface Report {
  // biome-ignore lint/suspicious/noExplicitAny: taken as it is, without a look
  readonly payload: any;
  readonly type: TransactionEventRow['type'];
  readonly samples: readonly PreparedSample[];
}

function reportRow(
  { id: transactionId, partitionAt }: TransactionFacts,
  { payload, type }: Omit<Report, 'samples'>,
  receivedAt: Instant,
): TransactionEventRow {
  const occurredAt = instant(Date.parse(payload.timestamp));
  return {
    transactionId,
    partitionAt,
    number: payload.seqNo,
    digest: uuidv7(),
    type,
    trigger: payload.triggerReason,
    chargingState: payload.transactionInfo.chargingState ?? null,
    offline: null,
    occurredAt,
    effectiveAt: occurredAt,
    receivedAt,
  };
}
