import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { login } from '@voltpile/ykc/messages/login';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { simulate } from './cli.ts';
import { PileStage } from './testing/pile-stage.ts';
import { Stage } from './testing/stage.ts';

interface Outcome {
  readonly code: number;
  readonly out: string[];
  readonly errors: string[];
}

async function run(args: string[], options: { signal?: AbortSignal; onLine?: (line: string) => void } = {}) {
  const outcome: Outcome = { code: 0, out: [], errors: [] };
  const io = {
    out: (line: string) => {
      outcome.out.push(line);
      options.onLine?.(line);
    },
    error: (line: string) => void outcome.errors.push(line),
  };
  const code = await simulate(args, io, options.signal ?? new AbortController().signal);
  return { ...outcome, code };
}

describe('simulate (command line)', () => {
  it('explains itself and lists scenarios', async () => {
    const help = await run(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out.join('\n'), /Examples:[\s\S]*npm run simulate -- --stations 5/);
    const list = await run(['--list-scenarios']);
    assert.ok(list.out.some((line) => /^offline-replay +Loses its network/.test(line)));
  });

  it('refuses command lines that make no sense, and says why', async () => {
    for (const [args, message] of [
      [['--stations', 'many'], /whole number from 1 to 10000/],
      [['--speed', '0'], /above 0/],
      [['--duration', 'long'], /90s, 30m, 8h or 7d/],
      [['--nonsense'], /unknown option/],
      [['--scenario', 'nonsense'], /there is no such scenario/],
      [['--url', 'http://127.0.0.1:1'], /must begin with ws/],
    ] as const) {
      const { code, errors } = await run([...args]);
      assert.equal(code, 2, args.join(' '));
      assert.match(errors.join('\n'), message);
    }
  });

  it('plays a scenario once as fast as the server answers', async () => {
    await using stage = await Stage.open();
    const args = ['--url', stage.central.url, '--scenario', 'offline-replay', '--speed', 'max', '--once'];
    const { code, out, errors } = await run([
      ...args,
      '-n',
      '2',
      '--id-tag',
      'MINE',
      '--id-prefix',
      'QA',
      '--password',
      'pw',
    ]);
    assert.equal(code, 0, errors.join('\n'));
    assert.match(out.at(-1) ?? '', /2 of 2 stations booted; 4 transactions started, 4 stopped/);
    assert.ok(out.some((line) => /QA-0001 +connector 1 starts for MINE at \d+ Wh$/.test(line)));
    assert.equal(out.join('\n').includes('pw'), false);
    assert.deepEqual(stage.central.logins.slice(0, 2).sort(), ['QA-0001:pw', 'QA-0002:pw']);
    for (const { payload } of stage.central.calls) {
      const { timestamp } = payload as { timestamp?: string };
      if (timestamp !== undefined) assert.ok(Date.parse(timestamp) <= Date.now(), 'nothing is told of the future');
    }
  });

  it('plays on OCPP 2.0.1, and on both at once', async () => {
    await using stage = await Stage.open();
    const args = ['--url', stage.central.url, '--scenario', 'power-cut', '--speed', 'max', '--once', '-n', '2'];
    const mixed = await run([...args, '--protocol', 'mixed', '--id-prefix', 'MIX']);
    assert.equal(mixed.code, 0, mixed.errors.join('\n'));
    assert.match(mixed.out.at(-1) ?? '', /2 of 2 stations booted; 2 transactions started, 2 stopped, 5\.0 kWh/);
    const identitiesOf = (action: string) => [
      ...new Set(stage.central.calls.filter((call) => call.action === action).map(({ identity }) => identity)),
    ];
    assert.deepEqual(identitiesOf('StartTransaction'), ['MIX-0001']);
    assert.deepEqual(identitiesOf('TransactionEvent'), ['MIX-0002']);
    const own = await run([...args, '-p', 'ocpp2.0.1', '--id-prefix', 'NEW']);
    assert.match(own.out.at(-1) ?? '', /2 of 2 stations booted; 2 transactions started, 2 stopped, 5\.0 kWh/);
    assert.ok(own.out.some((line) => /NEW-0001 +connector 1 is transaction [0-9a-f-]{36}: Accepted/.test(line)));
    assert.deepEqual(stage.central.violations, []);
    assert.equal((await run(['--protocol', 'ocpp3'])).code, 2);
  });

  it('plays on piles of YKC, alone and beside stations of OCPP', async () => {
    await using stage = await Stage.open();
    await using piles = await PileStage.open();
    piles.central.setsClock = false;
    const often = ['--speed', 'max', '--once', '--scenario', 'power-cut', '--id-tag', 'D14B0A54'];
    const alone = await run([
      ...[...often, '-p', 'ykc', '-u', piles.central.url, '-n', '2', '-c', '2', '--pile-type', 'AC'],
      ...['--pile-prefix', '3302', '--piles-per-connection', '2', '--time-zone', 'Asia/Shanghai'],
    ]);
    assert.equal(alone.code, 0, alone.errors.join('\n'));
    assert.match(alone.out.at(-1) ?? '', /2 of 2 stations booted; 2 transactions started, 2 stopped, 5\.0 kWh/);
    assert.ok(alone.out.some((line) => /33020000000001 +connector 1 starts for d14b0a54 at \d+ Wh$/.test(line)));
    assert.deepEqual(
      piles.central.framesOf(login).map(({ values }) => [values.pileType, values.guns]),
      Array(4).fill([1, 2]),
    );
    const mixed = await run([
      ...[...often, '-p', 'mixed', '-u', stage.central.url, '--pile-url', piles.central.url, '-n', '3'],
    ]);
    assert.match(mixed.out.at(-1) ?? '', /3 of 3 stations booted; 3 transactions started, 3 stopped, 7\.5 kWh/);
    assert.equal(piles.central.of(transactionRecord, '32010600000003').length, 1);
    assert.deepEqual([stage.central.violations, piles.central.violations], [[], []]);
  });

  it('ends after the duration, charges and all, with JSON lines', async () => {
    await using stage = await Stage.open();
    const args = ['--url', stage.central.url, '--scenario', 'commuter', '--speed', 'max', '--duration', '2h', '--json'];
    const { code, out } = await run(args);
    assert.equal(code, 0);
    const events = out.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(events.at(-1)?.type, 'summary');
    assert.equal(events.at(-1)?.transactionsStopped, 1);
    assert.ok(events.some(({ type, connectorId }) => type === 'transaction-started' && connectorId === 1));
    const [stop] = stage.central.of('StopTransaction');
    assert.ok(Math.abs(Date.parse(String(stop?.timestamp)) - Date.now()) < 10_000, 'it ends at now');
  });

  it('flows faster than time, and ends cleanly when interrupted', async () => {
    await using stage = await Stage.open();
    const interrupted = new AbortController();
    const args = ['--url', stage.central.url, '--scenario', 'commuter', '--speed', '5000', '--start-spread', '1s'];
    const { code, out } = await run(args, {
      signal: interrupted.signal,
      onLine: (line) => {
        if (line.includes('is transaction')) interrupted.abort(new Error('Ctrl-C'));
      },
    });
    assert.equal(code, 0);
    assert.match(out.at(-1) ?? '', /1 transactions started, 1 stopped/);
    assert.equal(stage.central.connectionCount, 0);
  });

  it('gives a hint when every card is refused', async () => {
    await using stage = await Stage.open();
    stage.central.answer('Authorize', { idTagInfo: { status: 'Invalid' } });
    const { code, errors } = await run(['--url', stage.central.url, '--once', '--speed', 'max', '--id-tag', 'NOBODY']);
    assert.equal(code, 0);
    assert.match(errors.join('\n'), /every card was refused; --id-tag names cards .*NOBODY/);
  });

  it('says so when nobody is there', async () => {
    await using stage = await Stage.open();
    const { url } = stage.central;
    stage.central.refuseWith = 404;
    const { code, errors, out } = await run(['--url', url, '--once', '--speed', 'max', '--duration', '1h']);
    assert.equal(code, 1);
    assert.match(errors.join('\n'), /1 stations failed; SIM-0001: Could not connect to .* after 6 attempts: 404/);
    assert.ok(out.some((line) => line.includes('cannot connect (404')));
  });

  it('ends by SIGTERM as a process, with exit code 0', async () => {
    await using stage = await Stage.open();
    const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
    const child = spawn(process.execPath, [cli, '--url', stage.central.url, '--start-spread', '1s'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = stage.central.next('StatusNotification');
    const exited = once(child, 'exit');
    try {
      await Promise.race([started, exited]);
      child.kill('SIGTERM');
      assert.deepEqual(await exited, [0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
