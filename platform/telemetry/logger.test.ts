import assert from 'node:assert/strict';
import type { LogLevel } from '../config/config.ts';
import { createLogger } from './logger.ts';
import { withTrace } from './trace.ts';

describe('createLogger', () => {
  it('hides secrets, also nested ones', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line) });
    logger.info({ password: 'hunter2', login: { accessToken: 'hunter2', email: 'a@b.c' } }, 'login');
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines[0] as string, /hunter2/);
    assert.match(lines[0] as string, /a@b\.c/);
    assert.equal(JSON.parse(lines[0] as string).level, 'info');
  });

  it('tells in JSON which trace a line belongs to', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line) });
    const id = 'a'.repeat(32);
    withTrace(`00-${id}-${'b'.repeat(16)}-01`, () => logger.info('inside'));
    withTrace(undefined, () => logger.info('inside'));
    logger.info('outside');
    const [given, fresh, outside] = lines.map((line) => JSON.parse(line).traceId);
    assert.equal(given, id);
    assert.match(fresh, /^[0-9a-f]{32}$/);
    assert.equal(outside, undefined);
  });

  it('writes readable text with the component and the error', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'text', write: (line) => lines.push(line) });
    logger.child({ component: 'csms' }).warn({ err: new Error('boom'), count: 2 }, 'odd');
    logger.debug('not shown');
    assert.equal(lines.length, 1);
    assert.match(lines[0] as string, /^\d\d:\d\d:\d\d\.\d{3} WARN {2}csms: odd \{"count":2\}\n {2}Error: boom\n/);
  });

  it('follows a level that changes, in loggers that were made before, too', () => {
    const lines: string[] = [];
    const state = { level: 'warn' as LogLevel };
    const logger = createLogger({ level: () => state.level, format: 'json', write: (line) => lines.push(line) });
    const child = logger.child({ component: 'csms' }).child({ part: 'x' });
    const told = (level: LogLevel): number => {
      state.level = level;
      lines.length = 0;
      child.trace('a');
      child.info('b');
      logger.error({ password: 'hunter2' }, 'c');
      assert.doesNotMatch(lines.join(''), /hunter2/);
      return lines.length;
    };
    assert.deepEqual([told('warn'), told('info'), told('trace'), told('silent'), told('error')], [1, 2, 3, 0, 1]);
  });
});
