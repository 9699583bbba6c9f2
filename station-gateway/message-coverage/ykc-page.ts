import { readdirSync } from 'node:fs';
import { type Field, type Fields, isVariable, minBytesOf } from '@voltpile/ykc/fields/field-types';
import { clockSet } from '@voltpile/ykc/messages/clock';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { qrPrefix } from '@voltpile/ykc/messages/qr-prefix';
import { readRealtimeData } from '@voltpile/ykc/messages/realtime-data';
import { remoteStop } from '@voltpile/ykc/messages/stop';
import { MESSAGES as TABLES } from '@voltpile/ykc/messages/table';
import { COMMANDS } from '../protocols/ykc/commands.ts';
import { MESSAGES } from '../protocols/ykc/messages.ts';
import { RAW_FRAMES } from '../protocols/ykc/raw-frames.ts';

const HANDLERS = new URL('../protocols/ykc/messages/', import.meta.url);
/** As the page sees them. */
const HANDLERS_URL = '../station-gateway/protocols/ykc/messages/';

/** The committed page. */
export const YKC_PAGE_FILE = new URL('../../docs/ykc-messages.md', import.meta.url);

const INTRODUCTION = `# What becomes of each frame of 云快充

Made by \`npm run docs:coverage\` from the tables of frames (\`ykc/messages/\`) and those of the dialect (\`station-gateway/protocols/ykc/\`); a test
fails when it is not what the code says. [Piles of 云快充](guides/piles.md) tells the rules.

A frame is \`68\`, a length byte, two bytes of sequence, a byte of encryption (0), the type, the body, and a CRC-16/MODBUS. Integers are little-endian.
Where a frame of a pile is told to the domain, the calls of its port link to the file that makes them; one whose body is too short for its table is kept as
a fact (\`unreadable-message\`). Frames without such a file only answer what we have asked. Of what we send, the frames that start and stop charges, boot
piles or load firmware have rules, and cannot be sent as raw calls (permission \`station.raw-call\`).
`;

/** What we send without being told to. */
export const UNASKED: ReadonlyMap<number, string> = new Map([
  [readRealtimeData.code, 'after a login, to guns that are silent or faulty'],
  [remoteStop.code, 'where nobody may charge'],
  [clockSet.code, 'after a login, once a day'],
  [qrPrefix.code, 'after a login, with a prefix set'],
]);

/** All frames, and then the body of each. */
export function ykcPage(): string {
  const up = TABLES.filter(({ direction }) => direction === 'up');
  const down = TABLES.filter(({ direction }) => direction === 'down');
  return [
    INTRODUCTION,
    '## From piles',
    '| type | frame | answer | told to the domain as | taken for the answer to |',
    '|---|---|---|---|---|',
    ...up.map(
      (table) => `| ${linkTo(table)} | ${table.name} | ${answerOf(table)} | ${toldAs(table)} | ${answerTo(table)} |`,
    ),
    '\n## To piles',
    '| type | frame | answer | sent by |',
    '|---|---|---|---|',
    ...down.map((table) => `| ${linkTo(table)} | ${table.name} | ${answerOf(table)} | ${sentBy(table)} |`),
    '\n## Bodies',
    'Offsets count from the first byte of the body. Scaled numbers are integers on the wire, in the step that stands with them.',
    ...TABLES.map((table) => bodyOf(table)),
    '',
  ].join('\n');
}

/** How a frame of a pile is handled; undefined when nothing handles it. */
export function handlingOf(code: number): 'handled' | 'answer' | undefined {
  if (MESSAGES.some(({ table }) => table.code === code)) return 'handled';
  return TABLES.some(({ direction, reply }) => direction === 'down' && reply === code) ? 'answer' : undefined;
}

/** What sends a frame of ours: neutral commands, raw calls, or nothing but answers. */
export function sendersOf(code: number): readonly string[] {
  const commands = COMMANDS.filter(({ frames }) => frames.includes(code)).map(({ action }) => `\`${action}\``);
  return RAW_FRAMES.includes(code) ? [...commands, 'raw call'] : commands;
}

function toldAs({ code }: MessageTable): string {
  const handler = MESSAGES.find(({ table }) => table.code === code);
  if (handler === undefined) return handlingOf(code) === undefined ? 'missing' : '';
  const calls: readonly string[] = handler.tells;
  const words = calls.length === 0 ? 'nothing' : calls.map((call) => `\`${call}\``).join(', ');
  return `[${words}](${HANDLERS_URL}${fileOf(code)})`;
}

function answerTo({ code }: MessageTable): string {
  const asks = TABLES.filter(({ direction, reply }) => direction === 'down' && reply === code);
  return asks.map((table) => linkTo(table)).join(', ');
}

function sentBy({ code, reply }: MessageTable): string {
  const answered = TABLES.filter((table) => table.direction === 'up' && table.reply === code);
  if (answered.length > 0) return `answer to ${answered.map((table) => linkTo(table)).join(', ')}`;
  const unasked = UNASKED.get(code);
  const senders = [...sendersOf(code), ...(unasked === undefined ? [] : [unasked])];
  return senders.length === 0 && reply !== null ? 'not sent' : senders.join('; ');
}

/** Handlers are named as their frames. */
function fileOf(code: number): string {
  const name = readdirSync(HANDLERS).find((file) => file.startsWith(`${codeText(code).toLowerCase()}-`));
  if (name === undefined) throw new Error(`there is no file for ${codeText(code)}`);
  return name;
}

function linkTo({ code }: MessageTable): string {
  const text = codeText(code);
  return `[${text}](#${text.toLowerCase()})`;
}

function answerOf({ reply }: MessageTable): string {
  return reply === null ? '–' : codeText(reply);
}

function bodyOf(table: MessageTable): string {
  const { variant } = table;
  const seen =
    variant === undefined
      ? []
      : [`\nSome piles send a body of ${variant.bodyBytes} bytes (${variant.seen}):`, ...rowsOf(variant.fields)];
  return [`\n### ${codeText(table.code)}`, `${table.name}`, ...rowsOf(table.fields), ...seen].join('\n');
}

function rowsOf(fields: Fields): string[] {
  let at = 0;
  let isKnown = true;
  const rows = Object.entries(fields).map(([name, field]) => {
    const bytes = isVariable(field) ? '…' : String(minBytesOf(field));
    const row = `| ${isKnown ? at : ''} | ${bytes} | \`${name}\` | ${kindOf(field)} | ${meaningsOf(field)} |`;
    at += minBytesOf(field);
    if (isVariable(field)) isKnown = false;
    return row;
  });
  return ['\n| offset | bytes | field | kind | |', '|---:|---:|---|---|---|', ...rows];
}

function kindOf(field: Field): string {
  switch (field.kind) {
    case 'uint': {
      const places = field.places ?? 0;
      const step = places === 0 ? '' : ` × ${(10 ** -places).toFixed(places)}`;
      const unit = field.unit === undefined || field.unit === '' ? '' : ` ${field.unit}`;
      const offset =
        field.offset === undefined ? '' : `, ${field.offset > 0 ? '+' : '−'}${Math.abs(field.offset)} steps`;
      return `integer${step}${unit}${offset}`;
    }
    case 'bcd':
      return 'digits';
    case 'bytes':
      return 'hex';
    case 'ascii':
      return field.reversed === true ? 'text, last character first' : 'text';
    case 'cp56':
      return 'wall time (CP56Time2a)';
    case 'slots':
      return `${field.count} rates, one a half hour`;
    case 'bits':
      return 'bits';
    case 'cell-voltage':
      return 'cell voltage (12 bits, 0.01 V) and group (4 bits)';
    case 'list':
      return `list of ${field.itemBytes} bytes each${field.countName === undefined ? '' : `, after their count`}`;
    case 'counted-text':
      return 'text, after its length';
  }
}

function meaningsOf(field: Field): string {
  if (!('meanings' in field) || field.meanings === undefined) return '';
  if (Array.isArray(field.meanings))
    return field.meanings.map((meaning, index) => `${index + 1} ${meaning}`).join(', ');
  return Object.entries(field.meanings)
    .map(([value, meaning]) => `${value} ${meaning}`)
    .join(', ');
}
