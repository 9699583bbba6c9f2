import assert from 'node:assert/strict';
import { fakeStripe } from './cli.ts';

/** The command line while it runs: what it writes, line by line, and its end. */
function start(args: readonly string[], onLine: (line: string) => void = () => {}) {
  const ctrlC = new AbortController();
  const [out, errors]: [string[], string[]] = [[], []];
  const io = {
    out(line: string) {
      out.push(line);
      onLine(line);
    },
    error: (line: string) => void errors.push(line),
  };
  return { out, errors, end: () => ctrlC.abort(), code: fakeStripe(args, io, ctrlC.signal) };
}

describe('fake-stripe (command line)', () => {
  it('listens until it is ended, and says how the server is told of it', async () => {
    const listens = Promise.withResolvers<string>();
    const told = Promise.withResolvers<void>();
    const run = start(['--port', '0', '--webhook-url', 'http://127.0.0.1:1/nobody'], (line) => {
      const [, url] =
        /VOLTPILE_STRIPE_API_URL=(\S+) VOLTPILE_STRIPE_SECRET_KEY=sk_\w+ .*WEBHOOK_SECRET=whsec_/.exec(line) ?? [];
      if (url !== undefined) listens.resolve(url);
      if (line === 'setup_intent.succeeded reached nobody') told.resolve();
    });
    const url = await listens.promise;
    const [, key] = /SECRET_KEY=(\S+)/.exec(run.out.join('\n')) ?? [];
    const post = async (path: string, form: Record<string, string>) => {
      const headers = { Authorization: `Bearer ${key}` };
      const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
      assert.equal(answer.status, 200, path);
      return (await answer.json()) as { id: string; client_secret: string };
    };
    const { id: customer } = await post('/v1/customers', {});
    const setup = await post('/v1/setup_intents', { customer });
    const card = { client_secret: setup.client_secret, payment_method: 'pm_card_visa' };
    await post(`/v1/setup_intents/${setup.id}/confirm`, card);
    await told.promise;

    const second = start(['--port', new URL(url).port]);
    assert.equal(await second.code, 1);
    assert.match(second.errors.join('\n'), /already in use/);
    run.end();
    assert.equal(await run.code, 0);
    await assert.rejects(fetch(url));
  });

  it('explains itself, and refuses what makes no sense', async () => {
    const help = start(['--help']);
    assert.equal(await help.code, 0);
    assert.match(help.out.join('\n'), /pm_card_visa/);
    for (const args of [['--port', '70000'], ['--webhook-url', 'ftp://127.0.0.1'], ['--nonsense']]) {
      const run = start(args);
      assert.equal(await run.code, 2, args.join(' '));
      assert.notEqual(run.errors.join(''), '');
    }
  });
});
