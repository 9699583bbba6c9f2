import assert from 'node:assert/strict';
import { createLogger } from './logger.ts';

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

  it('writes readable text with the component and the error', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'text', write: (line) => lines.push(line) });
    logger.child({ component: 'csms' }).warn({ err: new Error('boom'), count: 2 }, 'odd');
    logger.debug('not shown');
    assert.equal(lines.length, 1);
    assert.match(lines[0] as string, /^\d\d:\d\d:\d\d\.\d{3} WARN {2}csms: odd \{"count":2\}\n {2}Error: boom\n/);
  });
});
