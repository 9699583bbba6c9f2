export type BasicCredentials =
  | { readonly kind: 'none' }
  /** Not Basic, not base64, no colon, or another user than the identity. */
  | { readonly kind: 'bad' }
  /** The password as bytes: it may hold colons and need not be text (OCPP 1.6 keys are raw bytes). */
  | { readonly kind: 'password'; readonly passwordBase64: string };

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i;
const COLON = 0x3a;

/** Reads an Authorization header (RFC 7617). The user name must be the decoded identity, byte for byte. */
export function readBasicCredentials(header: string | undefined, identity: string): BasicCredentials {
  if (header === undefined) return { kind: 'none' };
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return { kind: 'bad' };
  const bytes = Buffer.from(encoded, 'base64');
  // An identity may itself hold a colon, so the user name is compared by length rather than up to the first colon.
  const user = Buffer.from(identity);
  if (bytes.length <= user.length || bytes[user.length] !== COLON) return { kind: 'bad' };
  if (!bytes.subarray(0, user.length).equals(user)) return { kind: 'bad' };
  return { kind: 'password', passwordBase64: bytes.subarray(user.length + 1).toString('base64') };
}
