import * as z from 'zod';

/** Text without control characters, which neither names nor ids have a use for and PostgreSQL does not store (U+0000). */
export function text(min: number, max: number): z.ZodString {
  return z
    .string()
    .min(min)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');
}

/** Any UUID, whatever its version. */
export const uuid = z.guid();

/** RFC 3339 with a zone. */
export const dateTime = z.iso.datetime({ offset: true });

export const uuidParams = z.strictObject({ id: uuid });

/** A filter that is `true` or `false`. */
export const flag = z.enum(['true', 'false']).transform((word) => word === 'true');

/** The query parameters of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).meta({ description: 'How many items at most.' }),
  cursor: text(1, 1000).optional().meta({ description: 'The `nextCursor` of the page before.' }),
});

/** The answer of a list. */
export function pageOf<T extends z.ZodType>(
  item: T,
): z.ZodObject<{ items: z.ZodArray<T>; nextCursor: z.ZodNullable<z.ZodString> }> {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'Opaque; null on the last page.' }),
  });
}
