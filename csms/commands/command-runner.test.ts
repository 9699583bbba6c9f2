import assert from 'node:assert/strict';
import { FakeClock, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import type { CommandOutcome, StationLink } from '../contract/station-link.ts';
import { CommandRunner, type RunningCommand, tooManyPending } from './command-runner.ts';

const away = defineError('test.away', 'Unavailable', 'Away.');
const broken = defineError('test.broken', 'Internal', 'Broken.');
const logger = createLogger({ level: 'silent', format: 'json' });
const clock = new FakeClock(0);

function running(more: Partial<RunningCommand> = {}): RunningCommand {
  return {
    commandId: 'c',
    station: 's',
    epoch: 1,
    command: { action: 'clear-cache', payload: {} },
    deadline: instant(0),
    nextKeyHash: null,
    ...more,
  };
}

function linkThat(execute: StationLink['execute']): () => StationLink {
  return () => ({ execute, interpret: async () => ({ kind: 'unknown-action' }), disconnect: async () => {} });
}

describe('CommandRunner', () => {
  it('says offline while there is no gateway', async () => {
    const told: CommandOutcome[] = [];
    const runner = new CommandRunner({
      clock,
      logger,
      link: () => undefined,
      finish: async (_, outcome) => void told.push(outcome),
    });
    runner.run(running(), runner.reserve('s', 'S'));
    await runner.stop(1000);
    assert.deepEqual(
      told.map(({ status }) => status),
      ['offline'],
    );
    assert.equal(runner.pending, 0);
  });

  it('tries again to store an outcome while the database is away', async () => {
    let attempts = 0;
    const runner = new CommandRunner({
      clock,
      logger,
      link: linkThat(async () => ({ status: 'accepted', response: null })),
      finish: async () => {
        attempts += 1;
        if (attempts === 1) throw away();
      },
    });
    runner.run(running(), () => {});
    await runner.stop(5000);
    assert.equal(attempts, 2);
  });

  it('gives up on an outcome that can never be stored, and when it has to stop', async () => {
    for (const error of [broken(), away()]) {
      let attempts = 0;
      const runner = new CommandRunner({
        clock,
        logger,
        link: linkThat(async () => ({ status: 'accepted', response: null })),
        finish: async () => {
          attempts += 1;
          throw error;
        },
      });
      runner.run(running(), () => {});
      await runner.stop(10);
      assert.ok(attempts <= 2);
    }
  });

  it('leaves a command pending when it stops before the answer', async () => {
    const told: CommandOutcome[] = [];
    const runner = new CommandRunner({
      clock,
      logger,
      link: linkThat(() => new Promise(() => {})),
      finish: async (_, outcome) => void told.push(outcome),
    });
    runner.run(running({ deadline: instant(60_000) }), runner.reserve('s', 'S'));
    await runner.stop(10);
    assert.deepEqual(told, []);
    assert.equal(runner.pending, 0);
  });

  it('limits the places of a station, and takes each back once', () => {
    const runner = new CommandRunner({ clock, logger, link: () => undefined, finish: async () => {} });
    const releases = Array.from({ length: 16 }, () => runner.reserve('s', 'S'));
    assert.throws(() => runner.reserve('s', 'S'), tooManyPending.is);
    releases[0]?.();
    releases[0]?.();
    runner.reserve('s', 'S');
    assert.throws(() => runner.reserve('s', 'S'), tooManyPending.is);
    assert.equal(runner.pending, 16);
  });
});
