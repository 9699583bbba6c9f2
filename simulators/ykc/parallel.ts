import { parallelStartConfirmation, parallelStartRequest } from '@voltpile/ykc/messages/parallel';
import { notPossible } from '../station/errors.ts';
import type { CardOutcome } from '../station/simulated-station.ts';
import { Vehicle, type VehicleFacts } from '../station/vehicle.ts';
import type { CardStatus } from '../station/words.ts';
import { cardNumberOf } from './card-number.ts';
import type { Gun, Order, ParallelGroup } from './charge.ts';
import type { SimulatedPile } from './pile.ts';
import { gunText, stampOf } from './serial.ts';
import { refusalOf } from './starts.ts';

const ANSWER_SECONDS = 30;
const MODE_CARD = 1;
const ACCEPTED = 1;
const MAX_GROUPS = 50;

/** Several guns of the pile for one car (V1.6). */
export class Parallel {
  readonly #pile: SimulatedPile;
  /** Groups that the central system has named, the newest last. */
  readonly #groups = new Map<string, ParallelGroup>();

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  /** A group by the central system's number for it. */
  groupOf(no: string): ParallelGroup {
    const known = this.#groups.get(no);
    if (known !== undefined) return known;
    if (this.#groups.size >= MAX_GROUPS) this.#groups.delete(this.#groups.keys().next().value as string);
    const group = { no, guns: new Set<number>() };
    this.#groups.set(no, group);
    return group;
  }

  /** One car is plugged to several guns. @throws notPossible */
  plugIn(guns: readonly Gun[], facts: VehicleFacts): void {
    const vehicle = new Vehicle({ vin: this.#pile.makeUpVin(), ...this.#pile.options.vehicle, ...facts });
    for (const gun of guns) this.#pile.charging.plugInVehicle(gun, vehicle);
  }

  /** A card starts them together: all of them are accepted, or none begins. The first one is the main gun. @throws notPossible */
  async presentCard(guns: readonly Gun[], idTag: string): Promise<CardOutcome> {
    if (this.#pile.protocolVersion === 'V1.5') {
      throw notPossible({ reason: 'Piles of V1.5 know no parallel charging.' });
    }
    const isFree = (gun: Gun) => gun.vehicle !== undefined && gun.transaction === undefined && this.#pile.mayStart(gun);
    if (!this.#pile.isReadyToCharge || !guns.every(isFree)) return { outcome: 'refused', status: 'Unavailable' };
    const group: ParallelGroup = { no: stampOf(this.#pile.wall.wallMs()), guns: new Set(guns.map(({ id }) => id)) };
    const card = cardNumberOf(idTag);
    try {
      const answers = await Promise.all(guns.map((gun, index) => this.#ask(gun, index, card, group)));
      const refusal = answers.find((answer): answer is CardStatus => typeof answer === 'string');
      const status = refusal ?? 'Accepted';
      this.#pile.tell('authorized', { connectorId: guns[0]?.id ?? 0, idTag, status, source: 'central-system' });
      if (refusal !== undefined) return { outcome: 'refused', status: refusal };
      const outcomes = guns.map((gun, index) => this.#pile.starts.carryOut(gun, answers[index] as Order));
      return outcomes.find(({ outcome }) => outcome !== 'started') ?? { outcome: 'started' };
    } catch {
      // What came of it has been told as an event.
      return { outcome: 'refused', status: 'Invalid' };
    }
  }

  async #ask(gun: Gun, index: number, card: string, group: ParallelGroup): Promise<Order | CardStatus> {
    const number = gunText(gun.id);
    const answer = await this.#pile.ask(
      parallelStartRequest,
      {
        pileNo: this.#pile.identity,
        gun: number,
        mode: MODE_CARD,
        needPwd: 0,
        cardOrAccount: card,
        pwd: '',
        vin: '',
        mainAux: index === 0 ? 0 : 1,
        parallelNo: group.no,
      },
      parallelStartConfirmation,
      { seconds: ANSWER_SECONDS, matches: (reply) => reply.gun === number },
    );
    if (answer.auth !== ACCEPTED) return refusalOf(answer.failReason);
    const { txSerial: serial, logicCard, balance } = answer;
    return { kind: 'card', serial, logicCard, physCard: card, balance, group };
  }
}
