import { spawnServer } from '@voltpile/server/testing/server-process';
import { ApiClient } from './harness/api-client.ts';
import type { StationDocument, TransactionDocument } from './harness/api-views.ts';
import { eventually } from './harness/eventually.ts';
import { blocksOf, LOG_IN, readGuide, sectionsOf } from './harness/guide.ts';
import { GUIDE_ADMIN, type GuideServer, GuideShell } from './harness/guide-shell.ts';
import { makeTemporaryFolder, removeFolder } from './harness/temporary-folder.ts';

/** Those that anybody can follow who has a server only, as the README lists them. */
const GUIDES = ['getting-started.md', 'api.md', 'tariffs.md', 'billing.md'];

/** Stopped sooner, the simulated car takes its card. */
const CARD_AFTER_MS = 6000;

/** What somebody who follows the guides waits for, by what the commands that come next have in them. */
function patience(
  api: ApiClient,
  shell: GuideShell,
): readonly (readonly [commands: string, isSeen: () => Promise<boolean>])[] {
  const has = async (path: string) => (await api.all(path)).length > 0;
  const isPlugged = async () => {
    const { connectors } = await api.get<StationDocument>('/stations/CP-0001');
    return connectors.some(({ evseId, statusDetail }) => evseId === 1 && statusDetail === 'Preparing');
  };
  const charges = async () => {
    const active = await api.all<TransactionDocument>('/transactions?stationId=CP-0001&status=active');
    return active.some(({ startedAt }) => Date.now() - Date.parse(startedAt) > CARD_AFTER_MS);
  };
  return [
    ['?online=true', () => has('/stations?online=true')],
    ['?registrationStatus=Pending', () => has('/stations?registrationStatus=Pending')],
    ['"action":"start-transaction"', isPlugged],
    ['&status=active', charges],
    ['$TRANSACTION/settlement\n', async () => has(`/cdrs?transactionId=${await shell.valueOf('TRANSACTION')}`)],
  ];
}

describe('the guides, one after the other', () => {
  it('do what they say on one fresh server', async function () {
    this.timeout(180_000);
    await using cleanup = new AsyncDisposableStack();
    const dataDir = await makeTemporaryFolder();
    cleanup.defer(() => removeFolder(dataDir));
    const settings = {
      VOLTPILE_DATA_DIR: dataDir,
      VOLTPILE_ADMIN_EMAIL: GUIDE_ADMIN.email,
      VOLTPILE_ADMIN_PASSWORD: GUIDE_ADMIN.password,
    };
    const place: GuideServer = await cleanup.use(spawnServer(settings)).ready;
    const api = await ApiClient.login(place.http, GUIDE_ADMIN.email, GUIDE_ADMIN.password);
    const shell = cleanup.use(await GuideShell.open(place));
    const others: GuideShell[] = [];
    const openAnother = async (commands: string) => {
      const other = cleanup.use(await GuideShell.open(place));
      others.push(other);
      await other.follow(blocksOf(sectionsOf(await readGuide('getting-started.md'), LOG_IN)));
      await other.begin(commands);
    };
    const waits = patience(api, shell);
    for (const name of GUIDES) {
      await shell.follow(blocksOf(await readGuide(name)), async ({ text, isApart }) => {
        if (isApart) await openAnother(text);
        for (const [commands, isSeen] of waits) {
          if (text.includes(commands)) await eventually(`what is needed for ${text}`, isSeen, 30_000);
        }
      });
    }
    for (const { lines } of others) await eventually('events', () => lines.includes('event: transaction.started'));
  });
});
