import type { IdTokenInfo } from '@voltpile/csms/contract/station-port';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { START_REQUEST } from '@voltpile/ykc/messages/start';
import type { YkcExchange } from './exchange.ts';
import { failureOf, NO_SUCH_GUN, TOO_MANY, WRONG_PASSWORD } from './values/authorization-failures.ts';
import { isReversible, normalCard, reversedCard, toShownCard } from './values/cards.ts';
import { toEvseId } from './values/guns.ts';
import { spendingFen } from './values/spending.ts';
import { vinOf } from './values/text.ts';

const CARD = 1;
const VIN = 3;
/** A pile that asks again within so long has not had our answer. */
const SAME_REQUEST_MS = 60_000;

/** What 0x32 and 0xA2 say beyond whom they are for. */
export interface StartDecision {
  readonly txSerial: string;
  readonly logicCard: string;
  readonly balance: number;
  readonly auth: number;
  readonly failReason: number;
}

/** Asks the domain whether somebody may charge, under a serial made for it. */
export async function decideStartRequest(
  values: ValuesOf<typeof START_REQUEST>,
  exchange: YkcExchange,
  parallelGroup?: string,
): Promise<StartDecision> {
  const { pile } = exchange;
  const evseId = toEvseId(values.gun, pile.guns);
  if (evseId === undefined || evseId > pile.guns) {
    // Whoever may charge may do so at a gun that the pile has: nobody is asked, so nothing comes to be for this one.
    pile.link.odd('unknown-gun', `${exchange.frame.name} of gun ${values.gun}`, exchange.frame);
    return refusal(pile.serials.next(values.gun, pile.link.clock.now()), NO_SUCH_GUN);
  }
  const gun = pile.gun(values.gun, evseId);
  const key = [values.mode, values.cardOrAccount, values.vin, parallelGroup].join(' ');
  const now = pile.link.ticks;
  const last = gun.request?.key === key ? gun.request : null;
  const isSame =
    last !== null && (last.frame === exchange.frame || (now - last.at < SAME_REQUEST_MS && gun.charge === null));
  const txSerial = isSame ? last.serial : pile.serials.next(values.gun, pile.link.clock.now());
  const refuse = (failReason: number): StartDecision => refusal(txSerial, failReason);
  const isVin = values.mode === VIN;
  const token = isVin ? vinOf(values.vin) : normalCard(values.cardOrAccount) || null;
  if ((!isVin && values.mode !== CARD) || token === null) return refuse(failureOf('Unknown', isVin));
  // Nobody has told us a password, so none can be right.
  if (values.needPwd === 1) return refuse(WRONG_PASSWORD);
  if (!isSame && !pile.link.mayTryToken()) return refuse(TOO_MANY);
  // Before the question: another try, and a pile that has not had our answer, ask the same one.
  gun.request = { key, serial: txSerial, at: now, frame: exchange.frame };
  const ask = (value: string): Promise<IdTokenInfo> =>
    exchange.port.authorize({
      origin: exchange.origin(),
      idToken: { value, type: isVin ? 'VIN' : 'ISO14443' },
      evseId,
      stationTransactionId: txSerial,
      ...(parallelGroup === undefined ? {} : { parallelGroup }),
    });
  let info = await ask(token);
  // Some readers begin with the last byte of a card. Short numbers are too easily somebody else's, read so.
  if (isUnknown(info) && !isVin && isReversible(token)) info = await ask(reversedCard(token));
  if (info.status !== 'Accepted') {
    // A pile that charges all the same is stopped; who asks once more, and is let, gets another serial.
    gun.void(txSerial);
    gun.request = null;
    return refuse(failureOf(info.status, isVin));
  }
  return {
    txSerial,
    logicCard: toShownCard(token),
    balance: spendingFen(info.spendingLimit, pile.settings.spendingCapFen),
    auth: 1,
    failReason: 0,
  };
}

function refusal(txSerial: string, failReason: number): StartDecision {
  return { txSerial, logicCard: toShownCard(''), balance: 0, auth: 0, failReason };
}

function isUnknown({ status }: IdTokenInfo): boolean {
  return status === 'Unknown' || status === 'Invalid';
}
