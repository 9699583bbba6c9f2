import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@voltpile/platform/net/free-port';
import { spawnServer } from '@voltpile/server/testing/server-process';
import { ApiClient } from './harness/api-client.ts';
import type { StationDocument } from './harness/api-views.ts';
import { eventually } from './harness/eventually.ts';
import { blocksOf, LOG_IN, readGuide, sectionsOf } from './harness/guide.ts';
import { GUIDE_ADMIN, type GuideServer, GuideShell, needsGuideTools } from './harness/guide-shell.ts';
import { makeTemporaryFolder, removeFolder } from './harness/temporary-folder.ts';

/** Those that anybody can follow who has a server only, as the README lists them. */
const GUIDES = [
  'getting-started.md',
  'api.md',
  'tariffs.md',
  'billing.md',
  'payments.md',
  'invoices.md',
  'monitoring.md',
];

const PATIENCE_MS = 60_000;

/** What somebody who follows the guide to payments waits for, by what the commands that come next have in them. The others wait by themselves. */
function patience(
  api: ApiClient,
  shell: GuideShell,
): readonly (readonly [commands: string, isSeen: () => Promise<boolean>])[] {
  const has = async (path: string) => (await api.all(path)).length > 0;
  const isPlugged = async () => {
    const { online, connectors } = await api.get<StationDocument>('/stations/CP-0001');
    return online && connectors.some(({ evseId, statusDetail }) => evseId === 1 && statusDetail === 'Preparing');
  };
  return [
    ['"action":"start-transaction"', isPlugged],
    ['&status=active', () => has('/transactions?stationId=CP-0001&status=active')],
    ['/cdrs?transactionId=', async () => has(`/cdrs?transactionId=${await shell.valueOf('TRANSACTION')}`)],
    ['CARD=$(', async () => has(`/accounts/${await shell.valueOf('BOB')}/payment-methods`)],
  ];
}

describe('the guides, one after the other', () => {
  it('do what they say on one fresh server', async function () {
    needsGuideTools(this);
    this.timeout(600_000);
    await using cleanup = new AsyncDisposableStack();
    const dataDir = await makeTemporaryFolder();
    cleanup.defer(() => removeFolder(dataDir));
    const settings = {
      VOLTPILE_DATA_DIR: dataDir,
      VOLTPILE_ADMIN_EMAIL: GUIDE_ADMIN.email,
      VOLTPILE_ADMIN_PASSWORD: GUIDE_ADMIN.password,
      // The server is started anew on the way.
      VOLTPILE_HTTP_PORT: `${await freePort()}`,
      VOLTPILE_OCPP_PORT: `${await freePort()}`,
      VOLTPILE_YKC_PORT: 'off',
    };
    const server = cleanup.use(spawnServer(settings));
    const place: GuideServer = { ...(await server.ready), stripePort: await freePort() };
    const api = await ApiClient.login(place.http, GUIDE_ADMIN.email, GUIDE_ADMIN.password);
    const shell = cleanup.use(await GuideShell.open(place));
    const streams: GuideShell[] = [];
    /** What a guide says is to be typed into another terminal. */
    const openAnother = async (commands: string) => {
      const other = cleanup.use(await GuideShell.open(place, settings));
      if (commands.startsWith('curl')) {
        streams.push(other);
        await other.follow(blocksOf(sectionsOf(await readGuide('getting-started.md'), LOG_IN)));
      }
      const starts = commands.includes('npm start');
      if (starts) assert.deepEqual(await server.kill('SIGTERM'), { code: 0, signal: null }, server.stderr.join('\n'));
      await other.begin(commands);
      if (commands.includes('npm ')) await other.shows(starts ? /^voltpile ready / : /^fake Stripe listens on /);
    };
    const waits = patience(api, shell);
    for (const name of GUIDES) {
      const blocks = blocksOf(await readGuide(name));
      assert.ok(blocks.length > 0, name);
      await shell.follow(blocks, async ({ text, isApart }) => {
        if (isApart) await openAnother(text);
        if (name !== 'payments.md') return;
        for (const [commands, isSeen] of waits) {
          if (text.includes(commands)) await eventually(`what is needed for ${text}`, isSeen, PATIENCE_MS);
        }
      });
    }

    const bob = await shell.valueOf('BOB');
    // What was charged within seconds may be free at night.
    await eventually('the charge by card is paid', async () => {
      const [payment] = await api.all<{ readonly state: string }>(`/payments?accountId=${bob}&purpose=charge`);
      return payment?.state === 'captured' || payment?.state === 'cancelled';
    });
    const wallet = await api.get<{ readonly available: { readonly amount: string } }>(`/accounts/${bob}/wallet`);
    assert.equal(wallet.available.amount, '12.50');
    const printed = await Promise.all(
      ['invoice.pdf', 'invoice-zh.pdf'].map((name) => readFile(join(shell.folder, name), 'latin1')),
    );
    for (const pdf of printed) assert.match(pdf, /^%PDF-[\s\S]*%%EOF\s*$/);
    assert.notEqual(printed[0], printed[1]);
    for (const { lines } of streams) {
      assert.ok(lines.includes('event: transaction.started') && lines.includes('event: transaction.ended'));
    }
    assert.equal(streams.length, 2);
    const proof = await api.post<{ readonly findings: readonly object[] }>('/ledger/proofs', undefined);
    assert.deepEqual(proof.findings, []);
  });
});
