import { toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { storableText } from '@voltpile/platform/database/storable-text';
import type { LoggedExchange } from '../contract/message-log.ts';
import { copyRow } from './copy-text.ts';
import { maskFrame } from './mask-frame.ts';

/** Columns of `operations.message_log` in the order of {@link exchangeRow}. */
export const ROW_COLUMNS = [
  'id',
  'requested_at',
  'station_id',
  'station_key',
  'organization_id',
  'site_id',
  'protocol',
  'direction',
  'action',
  'message_id',
  'outcome',
  'error_code',
  'latency_ms',
  'request',
  'response',
  'request_bytes',
  'response_bytes',
  'truncated',
  'oddities',
] as const;

/** Characters that are kept of a frame. The largest reports of a device fit; what is longer is not read by people. */
export const MAX_FRAME_CHARACTERS = 65_536;
const MAX_WORD_CHARACTERS = 255;
const MAX_ODDITIES = 20;

/**
 * An exchange as a row to copy, without secrets and cut to size. Bytes, so that what waits to be written has a size that can be counted, and
 * keeps nothing of the frames alive.
 */
export function exchangeRow(id: Uuid, exchange: LoggedExchange): Buffer {
  const { request, response } = exchange;
  const [shownRequest, shownResponse] = [maskFrame(request), response === null ? null : maskFrame(response)];
  const isCut = shownRequest.length > MAX_FRAME_CHARACTERS || (shownResponse?.length ?? 0) > MAX_FRAME_CHARACTERS;
  return Buffer.from(
    copyRow([
      id,
      toIso(exchange.requestedAt),
      exchange.identity,
      exchange.station,
      exchange.organizationId,
      exchange.siteId,
      exchange.protocol,
      exchange.direction,
      word(exchange.action),
      word(exchange.messageId),
      exchange.outcome,
      word(exchange.errorCode),
      exchange.latencyMs === null ? null : Math.max(0, Math.round(exchange.latencyMs)),
      shownRequest.slice(0, MAX_FRAME_CHARACTERS),
      shownResponse?.slice(0, MAX_FRAME_CHARACTERS) ?? null,
      Buffer.byteLength(request),
      response === null ? null : Buffer.byteLength(response),
      isCut ? 't' : 'f',
      oddityList(exchange.oddities),
    ]),
  );
}

/** What a station has chosen, in a column that people filter by. */
function word(text: string | null): string | null {
  return text === null ? null : text.slice(0, MAX_WORD_CHARACTERS);
}

/** JSON for `jsonb`, which takes no escaped NUL and no unpaired surrogate. */
function oddityList(oddities: readonly string[]): string {
  if (oddities.length === 0) return '[]';
  const storable = oddities.slice(0, MAX_ODDITIES).map((text) => storableText(text.slice(0, MAX_WORD_CHARACTERS)));
  return JSON.stringify(storable);
}
