import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { DiskStore, UnfinishedContent } from './disk-store.ts';
import type { FileIntake } from './file-intake.ts';
import {
  completeAfter,
  expireOldFiles,
  expireUnfetchedFiles,
  failFile,
  markLost,
  purgeFiles,
  receivingFiles,
  wantedAmong,
} from './persistence/files-repository.ts';
import { expireTokens, purgeRequests } from './persistence/requests-repository.ts';

export interface TidyOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: DiskStore;
  readonly intake: FileIntake;
  /** For how long nothing was written of an upload that another process has broken off; 0: there is no other process. */
  readonly abandonedAfterMs: number;
}

const BATCH = 500;
const MOMENTS_MS = 2000;
const DAY_MS = 86_400_000;
/** What files and requests there were is remembered longer than the contents are kept. */
const REMEMBER_DAYS = 400;

/**
 * Brings disk and database together again, and lets age do its work:
 *
 * - what a crash cut off: temporary contents go, files that are said to be coming have failed;
 * - contents that no file knows go; complete files without their content have failed (that is an error, for somebody took it);
 * - addresses, requests and expected files whose time is up have expired; contents that are too old go, and firmware never does by itself;
 * - what was long ago is forgotten.
 *
 * May be cut off anywhere and run again.
 */
export async function tidyFiles(options: TidyOptions, signal: AbortSignal): Promise<void> {
  const { knex, clock, disk } = options;
  await disk.prepare();
  await clearBroken(options, signal);

  await removeUnknownContents(options, signal);
  await findLostContents(options, signal);

  const now = clock.now();
  await withDatabaseErrors(() => expireTokens(knex, now));
  await withDatabaseErrors(() => expireUnfetchedFiles(knex));
  await inBatches(signal, async () => {
    const old = await withDatabaseErrors(() => expireOldFiles(knex, now, BATCH));
    for (const id of old) await disk.remove(id);
    return old.length;
  });
  const longAgo = instant(now - REMEMBER_DAYS * DAY_MS);
  await inBatches(signal, () => withDatabaseErrors(() => purgeFiles(knex, longAgo, BATCH)));
  await inBatches(signal, () => withDatabaseErrors(() => purgeRequests(knex, longAgo, BATCH)));
}

async function clearBroken(options: TidyOptions, signal: AbortSignal): Promise<void> {
  const { knex, clock, logger, disk, intake, abandonedAfterMs } = options;
  const isUnderWay = ({ changedMs }: UnfinishedContent): boolean =>
    abandonedAfterMs > 0 && changedMs > clock.now() - abandonedAfterMs;
  const findBroken = async (): Promise<Uuid[]> => {
    const busy = new Set((await disk.unfinished()).filter(isUnderWay).map(({ id }) => id));
    const receiving = await withDatabaseErrors(() => receivingFiles(knex));
    return receiving.filter((id) => !intake.isActive(id) && !busy.has(id));
  };

  let broken = await findBroken();
  if (abandonedAfterMs > 0 && broken.length > 0) {
    // Another process may just have begun one, or just have finished it: between the file and what the database says of it lie moments.
    await sleep(MOMENTS_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const still: ReadonlySet<Uuid> = new Set(await findBroken());
    broken = broken.filter((id) => still.has(id));
  }
  for (const id of broken) await withDatabaseErrors(() => failFile(knex, id));
  let unfinished = 0;
  for (const content of await disk.unfinished()) {
    if (intake.isActive(content.id) || isUnderWay(content)) continue;
    await content.remove();
    unfinished += 1;
  }
  if (unfinished + broken.length > 0)
    logger.info({ unfinished, broken: broken.length }, 'broken uploads were cleared away');
}

async function removeUnknownContents({ knex, logger, disk, intake }: TidyOptions, signal: AbortSignal): Promise<void> {
  let removed = 0;
  for await (const all of disk.ids()) {
    for (let from = 0; from < all.length && !signal.aborted; from += BATCH) {
      // An upload that has ended by now was over in the database before we ask it; one that has not, here or elsewhere, is left alone.
      const ids = all.slice(from, from + BATCH).filter((id) => !intake.isActive(id));
      const known = await withDatabaseErrors(() => wantedAmong(knex, ids));
      for (const id of ids) {
        if (known.has(id) || intake.isActive(id)) continue;
        await disk.remove(id);
        removed += 1;
      }
    }
  }
  if (removed > 0) logger.info({ removed }, 'contents that belong to no file were removed');
}

async function findLostContents({ knex, logger, disk }: TidyOptions, signal: AbortSignal): Promise<void> {
  let after: Uuid | null = null;
  while (!signal.aborted) {
    const from: Uuid | null = after;
    const files: { readonly id: Uuid; readonly sizeBytes: number }[] = await withDatabaseErrors(() =>
      completeAfter(knex, from, BATCH),
    );
    for (const { id, sizeBytes } of files) {
      const found = await disk.sizeOf(id);
      if (found === sizeBytes) continue;
      logger.error({ file: id, sizeBytes, found: found ?? null }, 'the content of a file is lost');
      await withDatabaseErrors(() => markLost(knex, id));
    }
    after = files.at(-1)?.id ?? null;
    if (files.length < BATCH) return;
  }
}

/** Repeats until a batch was not full. */
async function inBatches(signal: AbortSignal, run: () => Promise<number>): Promise<void> {
  while (!signal.aborted && (await run()) === BATCH);
}
