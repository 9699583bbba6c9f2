const MASK = '***';

/** Names of fields and of configuration variables whose values nobody may read: AuthorizationKey, BasicAuthPassword, simPin, … */
const SECRET_NAME = /authorization_?key|passw|passphrase|secret|private_?key|api_?key|credential|sim_?pin|\bpsk\b/i;

/** Names of fields that hold what lets somebody in elsewhere; an `idToken` is what a driver shows, and people have to see it. */
const TOKEN_FIELD =
  /^(?:access|refresh|auth|session|bearer|api|security|upload|download)?[_-]?token$|^authorization$|^bearer$/i;

/** {@link TOKEN_FIELD} somewhere in a text of JSON, which may stand in a text itself. */
const TOKEN_FIELD_IN_TEXT = /(?<!id)token\\*["']|authorization\\*["']|bearer\\*["']/i;

/** The fields beside or below a variable's name that hold its value, over all dialects. */
const VALUE_FIELDS: ReadonlySet<string> = new Set(['value', 'attributeValue', 'actualValue', 'defaultValue', 'data']);

/** `ftp://user:password@host`: the part before the `@`. Begins with a fixed text, so that long answers are searched in linear time. */
const USER_INFO = /:\/\/[^\s/?#@]*@/g;

/** Our own addresses for files, in which the token is the permission to fetch or put one: `/files/upload/<token>/diagnostics.tar.gz`. */
const FILE_TOKEN = /(\/files\/(?:upload|download)\/)[^/?#\s"'<>\\]+/gi;

/** A parameter of an address: `?token=…`, `&X-Amz-Signature=…`. The name is short, so that long texts are searched in linear time. */
const PARAMETER = /([?&;#])([\w.~%-]{1,64})=([^&;#\s"'<>\\]+)/g;

/** Parameters by which addresses are signed, or tell who asks: tokens, Amazon's, Google's and Azure's signatures, keys. */
const SECRET_PARAMETER = /token|sig|secret|passw|pwd|key|credential|auth|access_?id/i;

const MAX_DEPTH = 50;
const MAX_NESTED_TEXT = 100_000;

/** Whether a variable of that name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * A plain value without its secrets, for storing and showing: fields that are named like a secret, values of variables that are
 * (`{key: 'AuthorizationKey', value: …}`, `{variable: {name: …}, variableAttribute: [{value: …}]}`), user names and passwords in URLs, parameters
 * that sign them, and the tokens in our own addresses for files. JSON inside a text is looked through as well.
 */
export function maskSecrets(value: unknown): unknown {
  return mask(value, 0, false);
}

/** @param ofSecret whether this is part of what is said about a secret variable */
function mask(value: unknown, depth: number, ofSecret: boolean): unknown {
  if (depth > MAX_DEPTH) return MASK;
  if (typeof value === 'string') return maskText(value, depth);
  if (Array.isArray(value)) return value.map((item) => mask(item, depth + 1, ofSecret));
  if (typeof value !== 'object' || value === null) return value;
  const isSecretVariable = ofSecret || namesSecret(value);
  // A VPN's shared key stands beside its password (OCPP 2.0.1 VPNType); a `key` elsewhere is a name.
  const hasPassword = typeof (value as { password?: unknown }).password === 'string';
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => {
      const isSecret =
        isPlain(inner) &&
        (isSecretName(field) ||
          TOKEN_FIELD.test(field) ||
          (isSecretVariable && VALUE_FIELDS.has(field)) ||
          (hasPassword && field === 'key'));
      return [field, isSecret ? MASK : mask(inner, depth + 1, isSecretVariable)];
    }),
  );
}

function maskText(text: string, depth: number): string {
  const masked = maskAddresses(text);
  if (!/^\s*[[{]/.test(masked) || masked.length > MAX_NESTED_TEXT) return masked;
  try {
    const inner: unknown = JSON.parse(masked);
    const without = mask(inner, depth + 1, false);
    return JSON.stringify(without) === JSON.stringify(inner) ? masked : JSON.stringify(without);
  } catch {
    return masked;
  }
}

function maskAddresses(text: string): string {
  return text
    .replace(USER_INFO, `://${MASK}@`)
    .replace(FILE_TOKEN, `$1${MASK}`)
    .replace(PARAMETER, (whole, mark: string, name: string) =>
      SECRET_PARAMETER.test(name) ? `${mark}${name}=${MASK}` : whole,
    );
}

/** Whether the object is about one variable, and that one is secret. */
function namesSecret(value: object): boolean {
  const { key, name, variable } = value as { key?: unknown; name?: unknown; variable?: unknown };
  const inner = typeof variable === 'object' && variable !== null ? (variable as { name?: unknown }).name : variable;
  return [key, name, inner].some((text) => typeof text === 'string' && isSecretName(text));
}

function isPlain(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'object' && typeof value !== 'boolean';
}

/**
 * Whether a text may hold what {@link maskSecrets} hides, for those who would rather not read all of it: a secret's name, an address, or
 * characters written as escapes (which may spell either).
 */
export function mayHoldSecrets(text: string): boolean {
  return (
    text.includes('://') ||
    text.includes('/files/') ||
    text.includes('\\u') ||
    text.includes('\\/') ||
    isSecretName(text) ||
    TOKEN_FIELD_IN_TEXT.test(text)
  );
}
