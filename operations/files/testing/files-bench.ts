import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { FakeClock } from '@voltpile/kernel/clock';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { FirmwareFileView, LogRequestView } from '../../contract/files.ts';
import { operationsMigrations } from '../../persistence/migrations.ts';
import { createFiles, type Files, TRANSFERS_PATH } from '../service.ts';
import type { FileSettings } from '../settings.ts';
import { FakeDomain } from './fake-domain.ts';

/** Files on a real disk, a real database and real sockets; the stations' domain is made of paper and the clock stands still. */
export interface FilesBench extends AsyncDisposable {
  readonly test: TestDatabase;
  readonly clock: FakeClock;
  readonly domain: FakeDomain;
  readonly folder: string;
  readonly log: readonly string[];
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  files: Files;
  /** What a new process would find: everything that is only in memory is forgotten. */
  restart(settings?: Partial<FileSettings>): void;
  tidy(): Promise<void>;
  rows(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Everything on disk: names of contents, and of unfinished ones below `incoming/`. */
  onDisk(): Promise<string[]>;
  /** Stores firmware as an operator does. */
  firmware(content: Buffer, name?: string): Promise<FirmwareFileView>;
  /** Asks the station for its diagnostics. */
  ask(stationId: string): Promise<{ readonly request: LogRequestView; readonly location: string }>;
  logRequest(id: string): Promise<LogRequestView>;
  /** Opens a connection and writes; for what no client library would do. */
  socket(text: string): Promise<Socket>;
}

export async function createFilesBench(settings: Partial<FileSettings> = {}): Promise<FilesBench> {
  const test = await createTestDatabase({ migrations: [operationsMigrations] });
  const folder = await mkdtemp(join(tmpdir(), 'voltpile-files-'));
  const clock = new FakeClock('2026-05-01T12:00:00Z');
  const domain = new FakeDomain(clock);
  domain.addStation('CP1');
  domain.addStation('CP2');
  const log: string[] = [];
  const defaults: FileSettings = {
    folder,
    publicUrl: null,
    maxFirmwareBytes: 4_000_000,
    maxLogFileBytes: 2_000_000,
    maxFilesBytes: 20_000_000,
    maxFileTransfers: 20,
    minTransferBytesPerSecond: 1024,
    fileTokenHours: 24,
    logFileDays: 30,
  };
  const make = (more: Partial<FileSettings>): Files => {
    const files = createFiles({
      database: test.database,
      clock,
      logger: createLogger({ level: 'info', format: 'json', write: (line) => log.push(line) }),
      metrics: createMetrics(),
      ports: { sites: domain.sites, stations: domain.stations, commands: domain.commands },
      settings: { ...defaults, ...settings, ...more },
    });
    files.setListenerUrl(url);
    return files;
  };

  const server: Server = createServer((request: IncomingMessage, response) => {
    const { url: path = '' } = request;
    request.url = path.slice(TRANSFERS_PATH.length);
    void bench.files.transfers(request, response, { address: request.socket.remoteAddress ?? '' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  const bench: FilesBench = {
    test,
    clock,
    domain,
    folder,
    log,
    url,
    files: make({}),
    restart(more = {}) {
      bench.files = make(more);
    },
    async tidy() {
      for (const job of bench.files.jobs) await job.run(new AbortController().signal);
    },
    async rows(text, values = []) {
      return (await test.pool.query(text, values)).rows;
    },
    async onDisk() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map(({ name, parentPath }) => (parentPath.endsWith('incoming') ? `incoming/${name}` : name))
        .sort();
    },
    async firmware(content, name = 'firmware.bin') {
      const facts = { name, contentType: 'application/octet-stream', uploadedBy: 'ann@example.com' };
      const { Readable } = await import('node:stream');
      const { file } = await bench.files.contents.storeFirmware(
        EVERYTHING,
        facts,
        Readable.from([content]),
        content.length,
      );
      return file;
    },
    async ask(stationId) {
      const input = { logType: 'DiagnosticsLog' } as const;
      const { request } = await bench.files.port.requestLog(EVERYTHING, stationId, input, 'ann@example.com');
      return { request, location: String(domain.last.payload.location) };
    },
    async logRequest(id) {
      for (const stationId of domain.keys.keys()) {
        const { items } = await bench.files.port.listLogRequests(EVERYTHING, stationId, { limit: 500 });
        const found = items.find((item) => item.id === id);
        if (found !== undefined) return found;
      }
      throw new Error(`there is no request ${id}`);
    },
    async socket(text) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      await new Promise<void>((resolve) => socket.write(text, () => resolve()));
      return socket;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await test.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return bench;
}
