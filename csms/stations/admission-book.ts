import { type DoorFacts, doorFactsFrom, findAtDoor } from '../persistence/admission-repository.ts';
import type { BatchConnection } from '../persistence/batch-connection.ts';
import { GroupCommit } from '../persistence/group-commit.ts';

const MAX_BATCH = 500;
const MAX_WAITING = 20_000;

/** Looks stations up by identity. Those that knock while a question is under way share the next one: a storm costs few queries. */
export class AdmissionBook {
  readonly #connection: BatchConnection;
  readonly #lookups: GroupCommit<string, DoorFacts | undefined>;

  constructor(connection: BatchConnection) {
    this.#connection = connection;
    this.#lookups = new GroupCommit({
      run: (identities) => this.#find(identities),
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
    });
  }

  /** @throws Unavailable `database.unavailable`, `csms.overloaded` */
  find(identity: string): Promise<DoorFacts | undefined> {
    return this.#lookups.submit(identity);
  }

  async close(): Promise<void> {
    await this.#lookups.close();
    await this.#connection.close();
  }

  async #find(identities: string[]): Promise<(DoorFacts | undefined)[]> {
    const [result] = await this.#connection.pipeline([findAtDoor(identities)]);
    const known = new Map(
      (result === undefined ? [] : doorFactsFrom(result)).map((facts) => [facts.identity, facts] as const),
    );
    return identities.map((identity) => known.get(identity));
  }
}
