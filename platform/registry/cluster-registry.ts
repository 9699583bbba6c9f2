import type { Msg } from '@nats-io/transport-node';
import type { Bus } from '../nats/connection.ts';
import { listen } from '../nats/listen.ts';
import { decode, encode, notConnected } from '../nats/wire.ts';
import type { Logger } from '../telemetry/logger.ts';
import { nodeReport } from './answers.ts';
import { type Instance, readInstance, readInstanceWork } from './instances.ts';
import type { NodeReport } from './node-report.ts';
import { type ClusterPicture, drawPicture } from './picture.ts';
import type { Registry } from './registry.ts';

/** What services of NATS answer by themselves (its ADR 32): who they are, and what they have done. */
const WHO = '$SRV.PING';
const WORK = '$SRV.STATS';
/** What our processes answer beside that. Each of them is subscribed. */
const REPORT = 'voltpile.registry.v1.report';

/** All that answer do so within milliseconds; then nobody is waited for any more. */
const ASK_MS = 1500;
const STALL_MS = 300;
/** More are not looked at. */
const MOST_ANSWERS = 1000;
/** Everybody is asked at most so often, however many look. */
const KEEP_MS = 1000;

/** Asks the others. Whoever is subscribed is there. */
export class ClusterRegistry implements Registry {
  readonly #bus: Bus;
  #drawn: { readonly picture: Promise<ClusterPicture>; readonly atMs: number } | undefined;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async instances(): Promise<readonly Instance[] | undefined> {
    const answers = await this.#ask(WHO);
    const instances = answers.flatMap((answer) => readInstance(answer) ?? []);
    // This process would answer, too.
    return instances.length === 0 ? undefined : instances;
  }

  picture(): Promise<ClusterPicture> {
    if (this.#drawn !== undefined && performance.now() - this.#drawn.atMs < KEEP_MS) return this.#drawn.picture;
    const drawn = { picture: this.#draw(), atMs: performance.now() };
    this.#drawn = drawn;
    drawn.picture.catch(() => {
      if (this.#drawn === drawn) this.#drawn = undefined;
    });
    return drawn.picture;
  }

  async #draw(): Promise<ClusterPicture> {
    if (!this.#bus.isConnected) throw notConnected();
    const [work, reports] = await Promise.all([this.#ask(WORK), this.#ask(REPORT)]);
    return drawPicture(
      work.flatMap((answer) => readInstanceWork(answer) ?? []),
      reports.flatMap((answer) => {
        const read = nodeReport.safeParse(answer);
        return read.success ? [read.data] : [];
      }),
      Date.now(),
    );
  }

  async #ask(subject: string): Promise<unknown[]> {
    if (!this.#bus.isConnected) return [];
    const answers: unknown[] = [];
    try {
      const messages = await this.#bus.connection.requestMany(subject, undefined, {
        strategy: 'stall',
        maxWait: ASK_MS,
        stall: STALL_MS,
      });
      for await (const message of messages) {
        const answer = readJson(message);
        if (answer !== undefined) answers.push(answer);
        if (answers.length === MOST_ANSWERS) break;
      }
    } catch {
      // Nobody answered, or the connection is gone.
    }
    return answers;
  }
}

/**
 * Answers those who ask what this process knows beside what its services count.
 *
 * @returns ends it
 */
export function serveReports(bus: Bus, report: () => Promise<NodeReport>, logger: Logger): () => void {
  return listen(bus, REPORT, {
    logger,
    async hear(message) {
      const bytes = encode(await report());
      if (bytes.length <= bus.maxBytes) message.respond(bytes);
    },
  });
}

function readJson(message: Msg): unknown {
  try {
    return decode(message.data);
  } catch {
    return undefined;
  }
}
