import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import type { SettingType } from './setting.ts';

export function wholeNumber(least: number, most: number): SettingType<number> {
  return {
    kind: 'whole-number',
    rule: `must be a whole number from ${least} to ${most}`,
    least,
    most,
    read: (text) => readWholeNumber(text, least, most),
  };
}

function readWholeNumber(text: string, least: number, most: number): number | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** A limit for all names, and others for some of them. */
export interface LimitByName<N extends string> {
  readonly all: number;
  readonly own: Readonly<Partial<Record<N, number>>>;
}

/**
 * `500`, `500,ocpp1.6=200`, or `ocpp2.0.1=1000` with the default for the rest.
 *
 * @param names that may have limits of their own
 */
export function wholeNumberByName<N extends string>(
  names: readonly N[],
  least: number,
  most: number,
  fallback: number,
): SettingType<LimitByName<N>> {
  return {
    kind: 'text',
    rule: `must be a whole number from ${least} to ${most}, with others for single protocols behind it: ${names.join('=…, ')}=…`,
    least,
    most,
    read(text) {
      let all: number | undefined;
      const own: Partial<Record<N, number>> = {};
      for (const part of text.split(',').map((item) => item.trim())) {
        const at = part.indexOf('=');
        const value = readWholeNumber(part.slice(at + 1), least, most);
        const name = names.find((known) => known === part.slice(0, Math.max(at, 0)));
        const isNew = at === -1 ? all === undefined : name !== undefined && own[name] === undefined;
        if (!isNew || value === undefined) return undefined;
        if (name === undefined) all = value;
        else own[name] = value;
      }
      return { all: all ?? fallback, own };
    },
  };
}

/** With up to six decimals. */
export function seconds(most: number): SettingType<number> {
  return {
    kind: 'decimal',
    rule: `must be a number of seconds above 0, at most ${most}`,
    most,
    read(text) {
      if (!/^\d{1,9}(\.\d{1,6})?$/.test(text)) return undefined;
      const value = Number(text);
      return value > 0 && value <= most ? value : undefined;
    },
  };
}

/** An amount of money, kept as its text: more decimals than any currency has. */
export function amount(example: string): SettingType<string> {
  return {
    kind: 'decimal',
    rule: `must be a decimal like ${example}, at most 999999999`,
    read: (text) => (/^\d{1,9}(\.\d{1,6})?$/.test(text) ? text : undefined),
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): SettingType<T> {
  return {
    kind: 'choice',
    rule: `must be one of ${choices.join(', ')}`,
    choices,
    read: (text) => choices.find((choice) => choice === text),
  };
}

const YES_OR_NO: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
]);
export const yesOrNo: SettingType<boolean> = {
  kind: 'yes-or-no',
  rule: 'must be 1 or 0',
  read: (text) => YES_OR_NO.get(text),
};

/** Parts with commas between. */
export function listOf<T = string>(
  rule: string,
  read: (parts: readonly string[]) => readonly T[] | undefined,
): SettingType<readonly T[]> {
  return {
    kind: 'list',
    rule,
    read: (text) =>
      read(
        text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      ),
  };
}

export const addressesOrRanges = listOf('must be addresses or CIDR ranges with commas between', (parts) =>
  parts.every(isAddressOrRange) ? parts : undefined,
);

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

/** @param rule `must look like …` */
export function text(rule: string, fits: (text: string) => boolean): SettingType<string> {
  return { kind: 'text', rule, read: (given) => (fits(given) ? given : undefined) };
}

export function textOf(least: number, most: number): SettingType<string> {
  return text(
    least > 1 ? `must have at least ${least} characters, and at most ${most}` : `must have at most ${most} characters`,
    ({ length }) => length >= least && length <= most,
  );
}

/** Absolute. */
export const file: SettingType<string> = {
  kind: 'file',
  rule: 'must be a path of at most 4096 characters',
  read: (given) => (given.length <= 4096 ? resolve(given) : undefined),
};

export const port = wholeNumber(0, 65_535);
export const portOrOff: SettingType<number | 'off'> = {
  kind: 'text',
  rule: 'must be a port from 0 to 65535, or off',
  read: (given) => (given === 'off' ? given : port.read(given)),
};

export function isUrl(given: string, protocols: readonly string[]): boolean {
  return URL.canParse(given) && protocols.includes(new URL(given).protocol);
}

const MAX_URL = 200;

/** `https://cs.example.com:8443/base`: what paths are put behind, without a slash at the end. */
export const baseUrl: SettingType<string> = {
  kind: 'url',
  rule: `must look like https://host:port, without user, query or fragment, at most ${MAX_URL} characters`,
  read(given) {
    if (given.length > MAX_URL || !isUrl(given, ['http:', 'https:']) || /[?#]$/.test(given)) return undefined;
    const { username, password, search, hash, href } = new URL(given);
    return `${username}${password}${search}${hash}` === '' ? href.replace(/\/+$/, '') : undefined;
  },
};

/** An origin: `http:` on this machine only, since a key goes there. */
export const apiUrl: SettingType<string> = {
  kind: 'url',
  rule: 'must look like https://host:port, without path, user, query or fragment; http:// only for this machine',
  read(given) {
    if (given.length > MAX_URL || !isUrl(given, ['http:', 'https:'])) return undefined;
    const { protocol, hostname, origin, href } = new URL(given);
    const isFine = protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
    return isFine && href === `${origin}/` ? origin : undefined;
  },
};

export const MIB = 1024 * 1024;
export const TIB = MIB * MIB;
