import type { Fields, FieldValue, ValuesOf } from '../fields/field-types.ts';
import { readFields } from '../fields/read-fields.ts';
import { writeFields } from '../fields/write-fields.ts';
import type { MessageTable } from './message.ts';

/** A body that was read. */
export interface ReadBody<M extends Fields, O extends Fields> {
  readonly values: ValuesOf<M> | ValuesOf<O>;
  /** Bytes that follow what the table tells of: makers append, and they mean nothing to us. */
  readonly surplusBytes: number;
  /** What was seen elsewhere of a body of this length: it was read by the variant's table. */
  readonly variant: string | null;
}

/**
 * Reads a body by the table of its type, or by the table of the variant that has exactly its length.
 *
 * @throws ykc.body_too_short, ykc.bad_count
 */
export function decodeBody<M extends Fields, O extends Fields>(
  message: MessageTable<M, O>,
  body: Buffer,
): ReadBody<M, O> {
  const variant = message.variant?.bodyBytes === body.length ? message.variant : undefined;
  const { values, bytes } = readFields(variant?.fields ?? message.fields, body);
  return {
    values: values as ValuesOf<M> | ValuesOf<O>,
    surplusBytes: body.length - bytes,
    variant: variant?.seen ?? null,
  };
}

/**
 * The body of a message, by its table.
 *
 * @throws ykc.bad_value
 */
export function encodeBody<M extends Fields>(message: { readonly fields: M }, values: ValuesOf<M>): Buffer {
  return writeFields(message.fields, values as Readonly<Record<string, FieldValue>>);
}
