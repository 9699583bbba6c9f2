import type { Fields } from '../fields/field-types.ts';

/** One type of frame as data. */
export interface MessageTable<Main extends Fields = Fields, Other extends Fields = Main> {
  readonly code: number;
  readonly name: string;
  readonly direction: 'up' | 'down';
  /** Type of the frame that answers it; null: nothing does. */
  readonly reply: number | null;
  readonly fields: Main;
  /** Another body of the same type that makers send, told apart by its length. */
  readonly variant?: { readonly bodyBytes: number; readonly fields: Other; readonly seen: string };
}

/** `0x3B`, as the specification writes it. */
export function codeText(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Declares a frame from pile to platform. @param reply type of our answer, null when there is none */
export function up<F extends Fields>(code: number, name: string, reply: number | null, fields: F): MessageTable<F> {
  return { code, name, direction: 'up', reply, fields };
}

/** Declares a frame from platform to pile. @param reply type of the pile's answer, null when this is an answer itself */
export function down<F extends Fields>(code: number, name: string, reply: number | null, fields: F): MessageTable<F> {
  return { code, name, direction: 'down', reply, fields };
}
