import { startConfirmation, startRequest } from '@voltpile/ykc/messages/start';
import type { AuthorizationSource } from '../station/events.ts';
import type { CardOutcome } from '../station/simulated-station.ts';
import type { CardStatus } from '../station/words.ts';
import { cardNumberOf, NO_CARD } from './card-number.ts';
import type { Gun, Order } from './charge.ts';
import type { SimulatedPile } from './pile.ts';
import { gunText, serialOf } from './serial.ts';

const ANSWER_SECONDS = 30;
const MODE_CARD = 1;
const MODE_VIN = 3;
const ACCEPTED = 1;
/** A start that cannot be carried out any more: the car has gone. */
const PILOT_OPEN = 0x4b;
const CONTROL_FAULT = 0x4a;

/** What the central system's reasons mean (0x32, 0xA2). */
const REFUSALS: Readonly<Record<number, CardStatus>> = {
  1: 'Unknown',
  2: 'Blocked',
  3: 'NoCredit',
  4: 'ConcurrentTx',
  6: 'NotAtThisLocation',
  8: 'NotAtThisTime',
  9: 'Unknown',
  10: 'ConcurrentTx',
  11: 'NotAllowedTypeEVSE',
};

export function refusalOf(failReason: number): CardStatus {
  return REFUSALS[failReason] ?? 'Invalid';
}

/** Starts that people and cars ask for at the pile: the central system decides, or offline the pile's own list. */
export class Starts {
  readonly #pile: SimulatedPile;
  /** Guns for which a question is under way. */
  readonly #asking = new Set<number>();
  #counter = 0;

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  /** Somebody is being asked for at this gun. */
  isAsking(gun: Gun): boolean {
    return this.#asking.has(gun.id);
  }

  forget(): void {
    this.#asking.clear();
  }

  /** A card at a gun that is plugged and free. */
  async byCard(gun: Gun, idTag: string): Promise<CardOutcome> {
    const card = cardNumberOf(idTag);
    const told = (status: CardStatus, source: AuthorizationSource) =>
      this.#pile.tell('authorized', { connectorId: gun.id, idTag, status, source });
    if (!this.#pile.canSpeak) return this.#offline(gun, card, told);
    return this.#ask(gun, { mode: MODE_CARD, cardOrAccount: card, vin: '' }, 'card', told);
  }

  /** The car is recognised; one that tells no VIN (AC) is not. */
  async byVin(gun: Gun): Promise<CardOutcome> {
    const vin = this.#pile.type === 'DC' ? gun.vehicle?.vin : undefined;
    if (vin === undefined || this.isAsking(gun)) return { outcome: 'refused', status: 'Unavailable' };
    const told = (status: CardStatus, source: AuthorizationSource) =>
      this.#pile.tell('authorized', { connectorId: gun.id, idTag: vin, status, source });
    return this.#ask(gun, { mode: MODE_VIN, cardOrAccount: NO_CARD, vin }, 'vin', told);
  }

  async #ask(
    gun: Gun,
    who: { readonly mode: number; readonly cardOrAccount: string; readonly vin: string },
    kind: 'card' | 'vin',
    told: (status: CardStatus, source: AuthorizationSource) => void,
  ): Promise<CardOutcome> {
    const { model, isVerified } = this.#pile.tariff;
    if (model === undefined || !isVerified || !this.#pile.canSpeak)
      return { outcome: 'refused', status: 'Unavailable' };
    const pileNo = this.#pile.identity;
    const number = gunText(gun.id);
    this.#asking.add(gun.id);
    try {
      const answer = await this.#pile.ask(
        startRequest,
        { pileNo, gun: number, ...who, needPwd: 0, pwd: '' },
        startConfirmation,
        { seconds: ANSWER_SECONDS, matches: (reply) => reply.gun === number },
      );
      const status = answer.auth === ACCEPTED ? 'Accepted' : refusalOf(answer.failReason);
      told(status, 'central-system');
      if (status !== 'Accepted') return { outcome: 'refused', status };
      return this.carryOut(gun, {
        kind,
        serial: answer.txSerial,
        logicCard: answer.logicCard,
        physCard: who.cardOrAccount,
        balance: answer.balance,
        group: undefined,
      });
    } catch {
      // What came of it has been told as an event.
      return { outcome: 'refused', status: 'Invalid' };
    } finally {
      this.#asking.delete(gun.id);
    }
  }

  /** Begins what was agreed to, if that is still possible; the central system hears of it in either case. */
  carryOut(gun: Gun, order: Order): CardOutcome {
    const { model } = this.#pile.tariff;
    if (model === undefined) return { outcome: 'refused', status: 'Unavailable' };
    if (gun.transaction !== undefined || !this.#pile.mayStart(gun)) {
      this.#pile.charges.fail(gun, order, CONTROL_FAULT, model);
      return { outcome: 'refused', status: 'ConcurrentTx' };
    }
    if (gun.vehicle === undefined) {
      this.#pile.charges.fail(gun, order, PILOT_OPEN, model);
      return { outcome: 'refused', status: 'Unavailable' };
    }
    const isCharging = this.#pile.charges.begin(gun, order, model);
    return isCharging ? { outcome: 'started' } : { outcome: 'refused', status: 'Invalid' };
  }

  #offline(gun: Gun, card: string, told: (status: CardStatus, source: AuthorizationSource) => void): CardOutcome {
    const logicCard = this.#pile.offlineCards.logicCardOf(card);
    if (logicCard === undefined || this.#pile.tariff.model === undefined) {
      told('Unknown', 'local-list');
      return { outcome: 'refused', status: 'Unknown' };
    }
    told('Accepted', 'local-list');
    this.#counter += 1;
    return this.carryOut(gun, {
      kind: 'offline-card',
      serial: serialOf(this.#pile.identity, gun.id, this.#pile.wall.wallMs(), this.#counter),
      logicCard,
      physCard: card,
      balance: undefined,
      group: undefined,
    });
  }
}
