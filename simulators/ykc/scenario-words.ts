import type { FieldValue } from '@voltpile/ykc/fields/field-types';
import { codeText } from '@voltpile/ykc/messages/message';
import { notPossible } from '../station/errors.ts';
import type { CallFault, FaultRule } from '../station/faults.ts';
import type { Protocol } from '../station/words.ts';
import { cardNumberOf, NO_CARD } from './card-number.ts';
import type { Command } from './commands/command.ts';
import { COMMANDS } from './commands/table.ts';
import type { SimulatedPile } from './pile.ts';
import { gunText, serialOf } from './serial.ts';

/** How the words of scenarios, which are those of OCPP 1.6, read here. The room's README has the tables. */

/** What a scenario asks of a pile that nobody can ask of one. */
export function noCounterpart(what: string): Error {
  return notPossible({ reason: `YKC has no counterpart of ${what}: give the step "unless": "ykc".` });
}

const ACTIONS: Readonly<Record<string, string>> = {
  '*': '*',
  ChangeAvailability: '0x52',
  RemoteStartTransaction: '0x34',
  RemoteStopTransaction: '0x36',
  Reset: '0x92',
  SendLocalList: '0x44',
  TriggerMessage: '0x12',
  UpdateFirmware: '0x94',
};

/** What a command of the central system is called here: the type of its frame. @throws notPossible */
export function ownAction(action: string): string {
  const own = /^0x/i.test(action) ? `0x${action.slice(2).toUpperCase()}` : ACTIONS[action];
  if (own === undefined) throw noCounterpart(action);
  return own;
}

const CALLS: Readonly<Record<string, Pick<FaultRule<CallFault>, 'action' | 'where'>>> = {
  '*': { action: '*' },
  Authorize: { action: '0x31' },
  BootNotification: { action: '0x01' },
  Heartbeat: { action: '0x03' },
  MeterValues: { action: '0x13', where: { status: 3 } },
  StartTransaction: { action: '0x13', where: { status: 3 } },
  StatusNotification: { action: '0x13', where: { status: 2 } },
  StopTransaction: { action: '0x3B' },
};

const FAULTS: readonly CallFault['kind'][] = [
  'drop-before-answer',
  'repeat',
  'malformed-json',
  'vendor-fields',
  'set-field',
];

/** A rule for spoiling CALLs as it strikes here. @throws notPossible */
export function ownCallRule(rule: FaultRule<CallFault>): FaultRule<CallFault> {
  const { kind } = rule.fault;
  if (!FAULTS.includes(kind)) throw noCounterpart(`the fault ${kind}`);
  const own = /^0x/i.test(rule.action) ? { action: ownAction(rule.action) } : CALLS[rule.action];
  if (own === undefined) throw noCounterpart(rule.action);
  return { ...rule, ...own, where: { ...own.where, ...rule.where } };
}

// A scenario's payload is plain data that nobody has checked.
type Payload = Readonly<Record<string, unknown>>;
type Values = Readonly<Record<string, FieldValue>>;
type Translation = (payload: Payload, pile: SimulatedPile) => Values;

/** What may be spent where a scenario says nothing of it: 1000 yuan, in cents. */
const ENOUGH = 100_000;

/** Frames of which a scenario need not give every value. */
const DEFAULTS: Readonly<Record<string, Values>> = {
  '0x34': { logicCard: NO_CARD, physCard: NO_CARD, balance: ENOUGH },
  '0x52': { lock: 0, maxPower: 100 },
  '0x92': { when: 1 },
  '0xA4': { logicCard: NO_CARD, physCard: NO_CARD, balance: ENOUGH },
};

const gunOf = (connectorId: unknown) => gunText(typeof connectorId === 'number' && connectorId > 0 ? connectorId : 1);
const cardEntry = (idTag: unknown) => {
  const card = cardNumberOf(String(idTag));
  return `${/^\d+$/.test(card) ? card : NO_CARD}${card}`;
};

const PAYLOADS: Readonly<Record<string, Translation>> = {
  ChangeAvailability: ({ type, connectorId = 0 }) => {
    if (connectorId !== 0) throw noCounterpart('ChangeAvailability of a single connector');
    return { lock: type === 'Inoperative' ? 1 : 0, maxPower: 100 };
  },
  RemoteStartTransaction: ({ idTag, connectorId }, pile) => ({
    txSerial: serialOf(pile.identity, Number(gunOf(connectorId)), pile.wall.wallMs(), 9_000),
    gun: gunOf(connectorId),
    logicCard: NO_CARD,
    physCard: cardNumberOf(String(idTag)),
    balance: ENOUGH,
  }),
  Reset: ({ type }) => ({ when: type === 'Soft' ? 2 : 1 }),
  SendLocalList: ({ localAuthorizationList }) => ({
    cards: Array.isArray(localAuthorizationList)
      ? localAuthorizationList.map((entry) => cardEntry((entry as Payload).idTag))
      : [],
  }),
  TriggerMessage: ({ requestedMessage, connectorId }) => {
    if (requestedMessage !== 'StatusNotification' && requestedMessage !== 'MeterValues') {
      throw noCounterpart(`TriggerMessage ${String(requestedMessage)}`);
    }
    return { gun: gunOf(connectorId) };
  },
  UpdateFirmware: ({ location }, pile) => {
    const { hostname, port, username, password, pathname } = new URL(String(location));
    return {
      model: pile.type === 'DC' ? 1 : 2,
      power: 0,
      host: hostname.slice(0, 16),
      port: Number(port) || 21,
      user: username.slice(0, 16),
      pwd: password.slice(0, 16),
      path: pathname.slice(0, 32),
      when: 1,
      timeoutMin: 30,
    };
  },
};

/**
 * A command of a scenario as one of ours.
 *
 * @param words `ykc`: the action is a frame's type, the payload its values; a gun may be a number, cards may be called as scenarios call them
 * @throws notPossible
 */
export function ownCommand(
  pile: SimulatedPile,
  action: string,
  payload: object,
  words: Protocol,
): { readonly command: Command; readonly values: Values } {
  const isOwn = words === 'ykc';
  const translate = isOwn ? undefined : PAYLOADS[action];
  if (!isOwn && translate === undefined) throw noCounterpart(action);
  const code = ownAction(action);
  const command = COMMANDS.get(Number(code));
  if (command === undefined) throw notPossible({ reason: `${action} is no command that a pile obeys.` });
  const told = translate?.(payload as Payload, pile) ?? ownValues(payload as Payload);
  return { command, values: { pileNo: pile.identity, gun: '01', ...DEFAULTS[codeText(Number(code))], ...told } };
}

function ownValues(payload: Payload): Values {
  const { gun, cards, physCard, ...rest } = payload;
  const isHex = (text: unknown, digits: number) => typeof text === 'string' && text.length === digits;
  return {
    ...(rest as Values),
    ...(gun === undefined ? {} : { gun: typeof gun === 'number' ? gunText(gun) : String(gun) }),
    ...(physCard === undefined ? {} : { physCard: cardNumberOf(String(physCard)) }),
    ...(Array.isArray(cards) ? { cards: cards.map((card) => (isHex(card, 32) ? card : cardEntry(card))) } : {}),
  };
}
