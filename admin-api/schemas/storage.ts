import { JOB_SERVICES } from '@voltpile/platform/jobs/jobs-port';
import type { DatabaseSizeView, TableSizeView } from '@voltpile/platform/storage/storage-port';
import * as z from 'zod';

const tableSize = z
  .object({
    schema: z.string(),
    name: z.string(),
    bytes: z.int(),
    rows: z.int().meta({ description: 'As the database estimates it.' }),
    bytesAWeekAgo: z.int().nullable(),
    bytesAMonthAgo: z.int().nullable().meta({ description: 'null: nobody has looked then.' }),
  })
  .meta({ id: 'TableSize' }) satisfies z.ZodType<TableSizeView>;

const databaseSize = z
  .object({
    database: z.string(),
    services: z.array(z.enum(JOB_SERVICES)).meta({ description: 'Whose it is.' }),
    bytes: z.int(),
    tables: z.array(tableSize),
  })
  .meta({ id: 'DatabaseSize' }) satisfies z.ZodType<DatabaseSizeView>;

export const storageView = z.object({
  items: z.array(databaseSize),
  unavailable: z.array(z.enum(JOB_SERVICES)).meta({ description: 'Services that could not be asked.' }),
});
