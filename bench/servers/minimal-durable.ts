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
import type { SampleKind } from '@voltpile/csms/samples/normalise-sample';
import type { PreparedSample } from '@voltpile/csms/samples/prepare-readings';
import { DecisionBook, type TransactionFacts } from '@voltpile/csms/transactions/decision-book';
import { newTransaction } from '@voltpile/csms/transactions/new-transaction';
import { instant } from '@voltpile/kernel/clock';
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

  const byNumber = new Map<number, TransactionFacts>();
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
    if (action === 'BootNotification') {
      reply({ status: 'Accepted', interval: 300, currentTime: new Date().toISOString() });
    } else if (action === 'StartTransaction') {
      const number = ++lastNumber;
      const startedAt = instant(Date.parse(payload.timestamp));
      const transaction = newTransaction(
        { id: station, organizationId, siteId, timeZone: 'UTC', ratedPowerW: null },
        {
          origin,
          evse: { evseId: 1, connectorId: 1 },
          idToken: { value: payload.idTag },
          timestamp: { text: payload.timestamp, at: startedAt },
        },
        {
          origin: 'reported',
          stationTransactionId: String(number),
          startKey: `1|1|${payload.idTag}|${payload.timestamp}|${payload.meterStart}`,
          startedAt,
          meterStartMilliWh: BigInt(payload.meterStart) * 1000n,
          authorizationStatus: 'Accepted',
          flags: new Set(),
        },
      );
      transaction.intentId = uuidv7();
      transaction.authorizedAt = receivedAt;
      byNumber.set(number, transaction);
      await decisionWriter.submit((book) => {
        book.newTransactions.add(transaction);
        book.newIntents.add({
          id: transaction.intentId as string,
          organizationId,
          siteId,
          stationId: station,
          evseId: 1,
          idToken: transaction.idToken as string,
          accountRef: null,
          channel: 'card',
          dialectRef: null,
          limits: NO_LIMITS,
          status: 'started',
          refusal: null,
          transactionId: transaction.id,
          createdAt: receivedAt,
          expiresAt: receivedAt,
        });
        book.raws.push({ origin, transactionId: transaction.id });
        book.events.push(
          event('transaction.started', {
            transactionId: transaction.id,
            stationTransactionId: String(number),
            evseId: 1,
            connectorId: 1,
            idToken: payload.idTag,
            authorizationStatus: 'Accepted',
            startedAt: payload.timestamp,
            meterStartWh: payload.meterStart,
            flags: [],
          }),
        );
      });
      reply({ transactionId: number, idTagInfo: { status: 'Accepted' } });
    } else if (action === 'MeterValues') {
      const transaction = byNumber.get(payload.transactionId) as TransactionFacts;
      const samples: PreparedSample[] = [];
      for (const { timestamp, sampledValue } of payload.meterValue) {
        const occurredAt = instant(Date.parse(timestamp));
        for (const value of sampledValue) {
          samples.push({
            kindId: await kindOf(value),
            ordinal: 0,
            occurredAt,
            effectiveAt: null,
            value: value.value,
            text: null,
          });
        }
      }
      await meterWriter.submit({
        transactionEvent: null,
        block: { ownerId: transaction.id, partitionAt: transaction.partitionAt, receivedAt, samples },
        raw: { origin, transactionId: transaction.id },
        event: event('transaction.metered', {
          transactionId: transaction.id,
          stationTransactionId: String(payload.transactionId),
          evseId: 1,
          timestamp: payload.meterValue[0].timestamp,
          meterWh: Number(samples[0]?.value),
          powerW: Number(samples[1]?.value),
          socPercent: Number(samples[5]?.value),
        }),
      });
      reply({});
    } else if (action === 'StopTransaction') {
      const transaction = byNumber.get(payload.transactionId) as TransactionFacts;
      byNumber.delete(payload.transactionId);
      await decisionWriter.submit((book) => {
        transaction.status = 'ended';
        transaction.endedAt = instant(Date.parse(payload.timestamp));
        transaction.energyStartedAt = transaction.startedAt;
        transaction.energyEndedAt = transaction.endedAt;
        transaction.meterStopMilliWh = BigInt(payload.meterStop) * 1000n;
        transaction.meteredMilliWh = transaction.meterStopMilliWh - (transaction.meterStartMilliWh as bigint);
        transaction.billableMilliWh = transaction.meteredMilliWh;
        transaction.stopReason = payload.reason;
        transaction.stopIdToken = payload.idTag;
        transaction.stopKey = `${payload.transactionId}|${payload.timestamp}|${payload.meterStop}`;
        book.changedTransactions.add(transaction);
        book.raws.push({ origin, transactionId: transaction.id });
        book.events.push(
          event('transaction.ended', {
            transactionId: transaction.id,
            stationTransactionId: transaction.stationTransactionId,
            evseId: 1,
            endedAt: payload.timestamp,
            energyWh: Number(transaction.meteredMilliWh) / 1000,
            stopReason: payload.reason,
            estimated: false,
            flags: [],
            holds: [],
          }),
        );
      });
      reply({ idTagInfo: { status: 'Accepted' } });
    }
  };

  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: () => 'ocpp1.6' });
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
