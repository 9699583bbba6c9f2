const MAX_NAME_LENGTH = 200;
const MAX_URL_NAME_LENGTH = 100;
const NAMELESS = 'file';

/** Control characters, what directs text to the left, and halves of characters: they make a name look like another one. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The name that a client gave a file, fit to be shown: without folders and without characters that cannot be seen. Contents are never
 * stored under it.
 */
export function displayName(given: string | null | undefined): string {
  const last = (given ?? '').split(/[/\\]/).findLast((part) => part.trim() !== '') ?? '';
  const visible = last.replace(INVISIBLE, '').trim();
  const name = [...visible].slice(0, MAX_NAME_LENGTH).join('').trim();
  return /^\.*$/.test(name) ? NAMELESS : name;
}

/** A name at the end of a URL that any client can handle: letters, digits, dots and dashes of ASCII. */
export function urlName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9.-]+/g, '_');
  // The end says what kind of file it is.
  return plain.length <= MAX_URL_NAME_LENGTH ? plain : plain.slice(-MAX_URL_NAME_LENGTH);
}

/** `Content-Disposition` (RFC 6266, RFC 8187) for a download that a browser stores and never shows. */
export function attachment(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["%\\]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*!]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** A media type without parameters, as it came or as plain bytes. */
export function mediaType(header: string | undefined): string {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,60}$/.test(type) ? type : 'application/octet-stream';
}
