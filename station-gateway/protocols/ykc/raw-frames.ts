import type { CommandOutcome, InterpretedAction } from '@voltpile/csms/contract/station-link';
import type { Instant } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import { cp56OfWallTime } from '@voltpile/ykc/fields/cp56-time';
import type { Field, FieldValue } from '@voltpile/ykc/fields/field-types';
import { balanceUpdate, balanceUpdateReply } from '@voltpile/ykc/messages/balance';
import { encodeBody } from '@voltpile/ykc/messages/body';
import { clockSet } from '@voltpile/ykc/messages/clock';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { cardsClear, cardsQuery, cardsSync } from '@voltpile/ykc/messages/offline-cards';
import { parkingLock } from '@voltpile/ykc/messages/parking-lock';
import { qrPrefix } from '@voltpile/ykc/messages/qr-prefix';
import { readRealtimeData } from '@voltpile/ykc/messages/realtime-data';
import { messageOf } from '@voltpile/ykc/messages/table';
import { tariffSet } from '@voltpile/ykc/messages/tariff';
import { workParameters } from '@voltpile/ykc/messages/work-parameters';
import { byAnswer, failed } from './outcome.ts';
import type { YkcPile } from './pile/ykc-pile.ts';
import { toEvseId } from './values/guns.ts';

type Body = Readonly<Record<string, FieldValue>>;

/** Frames that may be sent as they are. Those that start and stop charges, or load firmware, have commands with rules. */
const RAW: ReadonlyMap<string, MessageTable> = new Map(
  [
    readRealtimeData,
    balanceUpdate,
    cardsSync,
    cardsClear,
    cardsQuery,
    workParameters,
    clockSet,
    tariffSet,
    parkingLock,
    qrPrefix,
  ].map((table) => [codeText(table.code), table as unknown as MessageTable]),
);

/** Their types. */
export const RAW_FRAMES: readonly number[] = [...RAW.values()].map(({ code }) => code);

type Rule = (body: Body) => string | undefined;

/** What the specification asks for beyond the tables. */
const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [
    workParameters.code,
    ({ lock, maxPower }) => {
      if (lock !== 0 && lock !== 1) return 'lock must be 0 (may work) or 1 (stopped)';
      return Number(maxPower) >= 30 && Number(maxPower) <= 100 ? undefined : 'maxPower must be 30 to 100 percent';
    },
  ],
  [
    qrPrefix.code,
    ({ prefix }) => (String(prefix).length <= 200 ? undefined : 'prefix must have at most 200 characters'),
  ],
  [
    parkingLock.code,
    ({ cmd }) => (/^(?:55|ff)$/i.test(String(cmd)) ? undefined : 'cmd must be 55 (raise) or ff (lower)'),
  ],
  [cardsSync.code, someCards],
  [cardsClear.code, someCards],
  [cardsQuery.code, someCards],
]);

function someCards({ cards }: Body): string | undefined {
  return Array.isArray(cards) && cards.length > 0 ? undefined : 'cards must name at least one card';
}

/** What a body may leave out. */
const FILLED_IN = { pileNo: '0'.repeat(14), rsv: '00000000' } as const;
const ZERO = '0'.repeat(14);

/** Reads `0x62` and a body by the names of its table as a command. */
export function interpretFrame(action: string, payload: unknown): InterpretedAction {
  const code = /^0x[\da-f]{2}$/i.test(action) ? Number(action) : Number.NaN;
  if (Number.isNaN(code)) return { kind: 'unknown-action' };
  const body = (typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload : {}) as Body;
  switch (code) {
    case 0x36:
      return invalid('stop a charge by the command stop-transaction: the frame names a gun, not a charge');
    case 0x34:
    case 0xa4:
      return invalid('start a charge by the command start-transaction: its serial is made by the central system');
    case 0x94:
      return invalid('load firmware by the command update-firmware');
    case 0x92: {
      const type = body.when === 2 ? 'OnIdle' : 'Immediate';
      if (body.when !== 1 && body.when !== 2) return invalid('when must be 1 (now) or 2 (when idle)');
      return { kind: 'command', command: { action: 'reset-station', payload: { type } } };
    }
  }
  const table = RAW.get(codeText(code));
  if (table === undefined) return { kind: 'unknown-action' };
  const written = table.code === clockSet.code ? withTime(body) : body;
  const problem = written === undefined ? NO_TIME : problemOf(table, written);
  if (problem !== undefined) return invalid(problem);
  return { kind: 'raw', command: { action: 'raw-call', payload: { action: codeText(code), payload: written } } };
}

/** Sends a frame and shows its answer. Accepted when the pile says yes; of an answer that is neither yes nor no, when it comes. */
export async function sendRawFrame(
  pile: YkcPile,
  action: string,
  payload: unknown,
  deadline: Instant,
): Promise<CommandOutcome> {
  const table = RAW.get(action);
  const reply = table === undefined ? undefined : messageOf(table.reply ?? 0);
  if (table === undefined || reply === undefined) return failed('Unsendable', `${action} cannot be sent.`);
  const body = onlyFields(table, { ...FILLED_IN, ...(payload as Body), pileNo: pile.link.identity });
  const fits = (values: Body): boolean =>
    body.gun === undefined || values.gun === undefined || isSameGun(values.gun, body.gun, pile.guns);
  const answer = await pile.ask(table, body, reply, fits, deadline);
  // 0x41 says 0 for yes, the others 1; what was read, and lists of cards, are neither.
  return byAnswer(answer, reply, ({ result, saved }: Body) => {
    const said = result ?? saved;
    return said === undefined || said === (reply.code === balanceUpdateReply.code ? 0 : 1);
  });
}

const NO_TIME = 'time must be what the clock is to show, without a zone, like 2026-03-01T18:00:00';

/** A time may be given as it is shown; undefined when nobody can read it. */
function withTime(body: Body): Body | undefined {
  if (typeof body.time !== 'string') return body;
  const time = cp56OfWallTime(body.time);
  return time === null ? undefined : { ...body, time };
}

/** Piles with one gun may call it 00 or 01, whatever they are asked by. */
function isSameGun(one: FieldValue, other: FieldValue, guns: number): boolean {
  const evseId = toEvseId(String(one), guns);
  return one === other || (evseId !== undefined && evseId === toEvseId(String(other), guns));
}

function invalid(problem: string): InterpretedAction {
  return { kind: 'invalid', problems: [problem] };
}

/** What is wrong with a body; undefined when it can be sent. */
function problemOf(table: MessageTable, body: Body): string | undefined {
  const surplus = Object.keys(body).find((name) => !Object.hasOwn(table.fields, name));
  if (surplus !== undefined) return `${codeText(table.code)} has no field ${surplus}`;
  const whole = { ...FILLED_IN, ...body, pileNo: ZERO };
  const missing = Object.keys(table.fields).find((name) => !(name in whole));
  if (missing !== undefined) return `${missing} is missing`;
  const noNumber = Object.entries(table.fields).find(
    ([name, field]) => !isNumeric(field, whole[name as keyof typeof whole]),
  );
  if (noNumber !== undefined) return `${noNumber[0]} must be made of numbers`;
  try {
    encodeBody(table, onlyFields(table, whole));
    return RULES.get(table.code)?.(whole);
  } catch (error) {
    return error instanceof VoltpileError ? error.message : `a field of ${codeText(table.code)} is of the wrong kind`;
  }
}

/** Whether what a field counts is given as numbers: text and null would be counted as what they seem to be. */
function isNumeric(field: Field, value: unknown): boolean {
  if (field.kind === 'slots') return Array.isArray(value) && value.every((each) => typeof each === 'number');
  return (field.kind !== 'uint' && field.kind !== 'bits') || typeof value === 'number';
}

function onlyFields(table: MessageTable, body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([name]) => Object.hasOwn(table.fields, name)));
}
