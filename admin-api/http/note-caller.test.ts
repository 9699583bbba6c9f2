import assert from 'node:assert/strict';
import { once } from 'node:events';
import { currentCaller } from '@voltpile/platform/resilience/caller';
import express from 'express';
import { noteCaller } from './note-caller.ts';

/** What a handler knows of its caller, who hangs up before there is an answer. */
async function callerSeen(method: string): Promise<AbortSignal | undefined> {
  const app = express();
  app.use(noteCaller);
  const client = new AbortController();
  const closed = Promise.withResolvers<AbortSignal | undefined>();
  app.all('/', async (_request, response) => {
    await new Promise(setImmediate);
    const caller = currentCaller();
    response.once('close', () => closed.resolve(caller));
    client.abort();
  });
  const server = app.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await fetch(`http://127.0.0.1:${port}/`, { method, signal: client.signal }).catch(() => {});
    return await closed.promise;
  } finally {
    server.close();
  }
}

describe('the caller of a request', () => {
  it('is known to have gone, where it wanted to read', async () => {
    assert.equal((await callerSeen('GET'))?.aborted, true);
  });

  it('is not asked for, where it wanted something done', async () => {
    assert.equal(await callerSeen('POST'), undefined);
  });

  it('has not gone when it was answered', async () => {
    const app = express();
    app.use(noteCaller);
    const closed = Promise.withResolvers<boolean | undefined>();
    app.get('/', (_request, response) => {
      const caller = currentCaller();
      response.once('close', () => closed.resolve(caller?.aborted));
      response.send('x');
    });
    const server = app.listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'x');
      assert.equal(await closed.promise, false);
    } finally {
      server.close();
    }
  });
});
