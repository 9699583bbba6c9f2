import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer } from '../nats/server-program.ts';
import { freePort } from '../net/free-port.ts';

/** A broker of its own for a test, on a free port of 127.0.0.1. */
export interface TestNats extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Where the others of its cluster reach it. */
  readonly clusterPort: number;
  readonly pid: number;
  /** As a crash does it. */
  kill(): Promise<void>;
  /** After {@link kill}, on the same port. */
  restart(): Promise<void>;
}

const PATIENCE_MS = 10_000;

/** For `before`: skips the tests where there is no broker, and says so in one line. */
export function needsNatsServer(context: Mocha.Context): string {
  const program = findNatsServer();
  if (program !== undefined) return program;
  process.stderr.write('SKIPPED: there is no nats-server on the PATH (Debian: apt install nats-server)\n');
  return context.skip();
}

/**
 * @param options.routes cluster ports of those that there are already, where several are to make a cluster
 * @param options.maxPayload the largest message, as in its configuration: `8MB`; absent: the default, 1 MB
 */
export async function startNats(
  program: string,
  options: { readonly routes?: readonly number[]; readonly maxPayload?: string } = {},
): Promise<TestNats> {
  const port = await freePort();
  const clusterPort = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'voltpile-nats-'));
  const cluster =
    options.routes === undefined
      ? []
      : [
          '--cluster_name',
          'voltpile-test',
          '--cluster',
          `nats://127.0.0.1:${clusterPort}`,
          ...(options.routes.length === 0
            ? []
            : ['--routes', options.routes.map((route) => `nats://127.0.0.1:${route}`).join(',')]),
        ];
  const config = join(folder, 'nats.conf');
  await writeFile(config, options.maxPayload === undefined ? '' : `max_payload: ${options.maxPayload}\n`);
  let child: ChildProcess;
  const run = async (): Promise<void> => {
    const args = ['-c', config, '-a', '127.0.0.1', '-p', String(port), '-P', join(folder, 'pid'), ...cluster];
    child = spawn(program, args, { stdio: 'ignore' });
    await listens(port, child);
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await run();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    clusterPort,
    get pid() {
      return child.pid ?? 0;
    },
    kill,
    restart: run,
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port: number, child: ChildProcess): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (answered) return;
    if (child.exitCode !== null || performance.now() > until) throw new Error('nats-server does not listen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
