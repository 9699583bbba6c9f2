/**
 * What becomes of a setting that is changed while processes run.
 *
 * - `live`: every process takes it within two seconds
 * - `restart`: it may be kept in the database, and each process takes it when it starts
 * - `local`: it belongs to one process, or opens its doors: only a file and the environment may set it
 */
export type Change = 'live' | 'restart' | 'local';

/** What texts a setting takes, and what they mean. */
export interface SettingType<T> {
  readonly kind: 'whole-number' | 'decimal' | 'yes-or-no' | 'choice' | 'list' | 'text' | 'file' | 'url';
  /** Behind the name of the setting: `must be a whole number from 1 to 9`. */
  readonly rule: string;
  readonly least?: number;
  readonly most?: number;
  readonly choices?: readonly string[];
  /** undefined: the text is none of them. */
  read(text: string): T | undefined;
}

export interface SettingDeclaration<T = unknown> {
  /** Of the variable in the environment, and of the key in a file. */
  readonly name: string;
  readonly type: SettingType<T>;
  /** As an operator would write it; absent: not set. */
  readonly default?: string;
  readonly unit?: 's' | 'h' | 'days' | 'bytes' | 'bytes/s' | '1/s' | 'yuan';
  readonly change: Change;
  /** Never stored in the database, never shown, never logged; there and in a file it is named by reference (`env:NAME`, `file:/path`). */
  readonly secret?: boolean;
  /** For the operator's guide and the API: what it is for, in a few words. */
  readonly description: string;
}

/** Declarations by the name under which code reads them. */
export type SettingTable = Readonly<Record<string, SettingDeclaration>>;

/** Declares the settings of a room, beside the code that uses them. */
export function defineSettings<const T extends SettingTable>(table: T): T {
  return table;
}

/** Without a default a setting that nobody sets is null. */
type ValueOf<S> = S extends { readonly type: SettingType<infer T>; readonly default: string }
  ? T
  : S extends { readonly type: SettingType<infer T> }
    ? T | null
    : never;

/** The values of the settings that change in one of these ways. */
export type Values<T extends SettingTable, C extends Change = Change> = {
  readonly [K in keyof T as T[K]['change'] extends C ? K : never]: ValueOf<T[K]>;
};

/** Settings that are each fine but do not go together. */
export interface Contradiction {
  readonly names: readonly string[];
  /** A sentence without a full stop, with the names in it. */
  readonly problem: string;
}
