import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';

/** A content that is on disk, but under no file's id yet. */
export interface StagedContent {
  readonly sizeBytes: number;
  readonly sha256: Buffer;
  /** Puts it under its id; returns when that is safe from a power cut. */
  keep(): Promise<void>;
  /** Does nothing once it is kept. */
  discard(): Promise<void>;
}

export interface UnfinishedContent {
  /** Of the file that it is to be; anything where somebody else has put something into the folder. */
  readonly id: Uuid;
  /** Epoch milliseconds: when a piece was written last. */
  readonly changedMs: number;
  remove(): Promise<void>;
}

const INCOMING = 'incoming';
/** One folder for each pair of last digits, which are random in our ids. */
const SHARD_DIGITS = 2;

/**
 * Contents on disk. Names are ids of ours and nothing else: no text of a client ever becomes part of a path. A content is written under a
 * temporary name, synchronised with the disk, and only then renamed, so that under an id there is a whole content or none.
 */
export class DiskStore {
  readonly #folder: string;
  readonly #incoming: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#incoming = join(folder, INCOMING);
  }

  get folder(): string {
    return this.#folder;
  }

  async prepare(): Promise<void> {
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 });
  }

  /** Where the content of that file is, below {@link folder}. Throws for what is not an id. */
  pathOf(id: Uuid): string {
    if (!isUuid(id)) throw new Error('only ids are names of contents');
    const name = id.toLowerCase();
    return join(name.slice(-SHARD_DIGITS), name);
  }

  /**
   * Writes a content piece by piece.
   *
   * @param onBytes told of each piece before it is written; what it throws ends the writing
   * @throws what the source or the disk threw; nothing is left behind then
   */
  async stage(
    id: Uuid,
    source: AsyncIterable<Buffer>,
    options: { readonly onBytes: (count: number) => void; readonly signal?: AbortSignal },
  ): Promise<StagedContent> {
    const target = join(this.#folder, this.pathOf(id));
    const temporary = join(this.#incoming, `${id.toLowerCase()}.${randomBytes(8).toString('hex')}`);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const meter = new Transform({
      transform(piece: Buffer, _encoding, done) {
        try {
          options.onBytes(piece.length);
        } catch (error) {
          done(error as Error);
          return;
        }
        sizeBytes += piece.length;
        hash.update(piece);
        done(null, piece);
      },
    });
    let kept = false;
    const discard = async (): Promise<void> => {
      if (!kept) await rm(temporary, { force: true });
    };
    try {
      await this.prepare();
      const file = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true });
      await pipeline(source, meter, file, options.signal === undefined ? {} : { signal: options.signal });
    } catch (error) {
      await discard();
      throw error;
    }
    return {
      sizeBytes,
      sha256: hash.digest(),
      async keep() {
        const folder = join(target, '..');
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await rename(temporary, target);
        kept = true;
        await synchronise(folder);
      },
      discard,
    };
  }

  /** Removes a content; it may be gone already. */
  async remove(id: Uuid): Promise<void> {
    await rm(join(this.#folder, this.pathOf(id)), { force: true });
  }

  /** How large the content of that id is; undefined when there is none. */
  async sizeOf(id: Uuid): Promise<number | undefined> {
    try {
      return (await stat(join(this.#folder, this.pathOf(id)))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The ids under which contents lie, folder by folder. */
  async *ids(): AsyncIterable<readonly Uuid[]> {
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || !/^[0-9a-f]{2}$/.test(entry.name)) continue;
      const names = await readdir(join(this.#folder, entry.name));
      yield names.filter((name) => isUuid(name) && this.pathOf(name) === join(entry.name, name));
    }
  }

  /** What was begun and is not finished, by this process or another one with the same folder. */
  async unfinished(): Promise<readonly UnfinishedContent[]> {
    const found: UnfinishedContent[] = [];
    for (const name of await readdir(this.#incoming)) {
      const path = join(this.#incoming, name);
      // It may be finished by now.
      const facts = await stat(path).catch(() => undefined);
      if (facts === undefined) continue;
      const remove = () => rm(path, { force: true });
      found.push({ id: name.split('.')[0] ?? '', changedMs: facts.mtimeMs, remove });
    }
    return found;
  }
}

/** Makes a rename safe from a power cut. (Windows cannot open folders, and needs no such thing.) */
async function synchronise(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
