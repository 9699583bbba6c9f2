import { heartbeat, heartbeatReply } from '@voltpile/ykc/messages/heartbeat';
import { connectionLost } from '../station/errors.ts';
import type { Timer } from '../virtual-time.ts';
import type { Gun } from './charge.ts';
import type { SimulatedPile } from './pile.ts';
import { gunText } from './serial.ts';

const INTERVAL_SECONDS = 10;
const MAX_MISSED = 3;

/** One for each gun every ten seconds; three rounds without an answer, and the connection counts as dead. */
export class Heartbeats {
  readonly #pile: SimulatedPile;
  #timer: Timer | undefined;
  #missed = 0;

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  /** The pile has logged in. */
  begin(): void {
    this.end();
    this.#missed = 0;
    this.#arm(this.#pile.time.now());
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(lastAt: number): void {
    const timer = this.#pile.timers.at(lastAt + INTERVAL_SECONDS * 1000, () => {
      const at = this.#pile.time.now();
      void this.#round().then((isOver) => {
        if (!isOver && this.#timer === timer) this.#arm(at);
      });
    });
    this.#timer = timer;
  }

  /** @returns whether the connection is over */
  async #round(): Promise<boolean> {
    const answers = await Promise.all(this.#pile.chargingConnectors.map((gun) => this.#beat(gun)));
    if (answers.includes('lost')) return true;
    this.#missed = answers.includes('answered') ? 0 : this.#missed + 1;
    if (this.#missed < MAX_MISSED) return false;
    this.#pile.dropConnection();
    return true;
  }

  async #beat(gun: Gun): Promise<'answered' | 'missed' | 'lost'> {
    const number = gunText(gun.id);
    const values = { pileNo: this.#pile.identity, gun: number, gunState: gun.isFaulted ? 1 : 0 };
    try {
      await this.#pile.ask(heartbeat, values, heartbeatReply, {
        seconds: INTERVAL_SECONDS,
        matches: (reply) => reply.gun === number,
      });
      return 'answered';
    } catch (error) {
      return connectionLost.is(error) ? 'lost' : 'missed';
    }
  }
}
