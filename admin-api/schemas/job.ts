import { JOB_SERVICES, type JobView } from '@voltpile/platform/jobs/jobs-port';
import * as z from 'zod';
import { dateTime, text } from './common.ts';

export const jobView = z
  .object({
    name: z.string(),
    schedule: z.string().meta({ description: 'Cron in UTC; with six fields the first one is seconds.' }),
    isRunning: z.boolean(),
    nextRunAt: dateTime.nullable(),
    lastStartedAt: dateTime.nullable(),
    lastFinishedAt: dateTime.nullable(),
    lastOutcome: z.enum(['succeeded', 'failed']).nullable(),
    lastError: z.string().nullable(),
    lastDurationMs: z.int().nullable(),
  })
  .meta({ id: 'Job' }) satisfies z.ZodType<JobView>;

export const jobList = z.object({
  items: z.array(jobView),
  unavailable: z.array(z.enum(JOB_SERVICES)).meta({ description: 'Services that could not be asked.' }),
});

export const jobParams = z.strictObject({ name: text(1, 100) });

export const jobRun = z.object({ name: z.string() }).meta({ id: 'JobRun' });
