/** Where a request wants to go, or the HTTP status and text of the refusal. */
export type RequestTarget =
  | { readonly ok: true; readonly identity: string }
  | { readonly ok: false; readonly status: 400 | 404; readonly text: string };

export const MAX_IDENTITY_LENGTH = 128;

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const refuse = (status: 400 | 404, text: string): RequestTarget => ({ ok: false, status, text });

/**
 * Reads `/ocpp/{identity}`. The identity is the last path segment, percent-decoded once (OCPP-J 1.6 §3.1.1); a query is ignored.
 * Invalid encoding anywhere in the path is 400, whatever the path.
 */
export function readRequestTarget(url: string | undefined): RequestTarget {
  if (url === undefined || !url.startsWith('/')) return refuse(400, 'The request target must be a path.');
  const query = url.search(/[?#]/);
  const path = query === -1 ? url : url.slice(0, query);
  const segments: string[] = [];
  try {
    for (const segment of path.slice(1).split('/')) segments.push(decodeURIComponent(segment));
  } catch {
    return refuse(400, 'The path is not valid percent-encoded UTF-8.');
  }
  const [room, identity] = segments;
  if (segments.length !== 2 || room !== 'ocpp' || identity === undefined || identity === '') {
    return refuse(404, 'Stations connect to /ocpp/{identity}.');
  }
  if (identity.length > MAX_IDENTITY_LENGTH) {
    return refuse(400, `The identity is longer than ${MAX_IDENTITY_LENGTH} characters.`);
  }
  if (UNPRINTABLE.test(identity)) return refuse(400, 'The identity contains control characters.');
  // URL parsers take these for folders, percent-encoded or not: such a station could not be named in a path.
  if (identity === '.' || identity === '..') return refuse(400, 'The identity cannot be . or ..');
  return { ok: true, identity };
}
