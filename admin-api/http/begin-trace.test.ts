import assert from 'node:assert/strict';
import { currentTraceId } from '@voltpile/platform/telemetry/trace';
import express from 'express';
import { beginTrace } from './begin-trace.ts';

const GIVEN = 'c'.repeat(32);

/** What a handler sees, after a turn of the event loop, of a request with that header. */
async function traceSeen(trusts: boolean, traceparent?: string): Promise<string | undefined> {
  const app = express();
  app.use(beginTrace(() => trusts));
  app.get('/', async (_request, response) => {
    await new Promise(setImmediate);
    response.send(currentTraceId());
  });
  const server = app.listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const headers = traceparent === undefined ? {} : { traceparent };
    return await (await fetch(`http://127.0.0.1:${port}/`, { headers })).text();
  } finally {
    server.close();
  }
}

describe('the trace of a request', () => {
  it('is a new one', async () => {
    const [one, other] = [await traceSeen(false), await traceSeen(false)];
    assert.match(one ?? '', /^[0-9a-f]{32}$/);
    assert.notEqual(one, other);
  });

  it('is the one that a trusted proxy gives', async () => {
    const header = `00-${GIVEN}-${'d'.repeat(16)}-01`;
    assert.equal(await traceSeen(true, header), GIVEN);
    assert.notEqual(await traceSeen(false, header), GIVEN);
    assert.match((await traceSeen(true, 'nonsense')) ?? '', /^[0-9a-f]{32}$/);
  });
});
