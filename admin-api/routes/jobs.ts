import { defineError } from '@voltpile/kernel/errors';
import { type JobService, type JobsPort, type JobView, unknownJob } from '@voltpile/platform/jobs/jobs-port';
import { defineRoute, type Route } from '../http/route.ts';
import { jobList, jobParams, jobRun } from '../schemas/job.ts';
import { askServices } from './ask-services.ts';

export const jobRunning = defineError('job.running', 'Conflict', 'The job {name} is running already.');
export const jobsUnavailable = defineError(
  'job.services_unavailable',
  'Unavailable',
  'Not all services could be asked.',
);

const tag = 'jobs';

type Ports = Readonly<Record<JobService, JobsPort>>;

interface Found {
  readonly items: readonly (JobView & { readonly service: JobService })[];
  readonly unavailable: readonly JobService[];
}

/** Jobs of all services, by name. Those of the platform run in all of them and are shown once. */
async function listAll(jobs: Ports): Promise<Found> {
  const { answers, unavailable } = await askServices((service) => jobs[service].list());
  const found = new Map<string, Found['items'][number]>();
  for (const { service, answer } of answers) {
    for (const job of answer) if (!found.has(job.name)) found.set(job.name, { ...job, service });
  }
  return { items: [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1)), unavailable };
}

export function jobRoutes(jobs: Ports): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/jobs',
      operationId: 'listJobs',
      tag,
      summary: 'What the system does by itself, and what came of it',
      permission: 'platform.read',
      wholeDeployment: true,
      responses: { 200: { description: 'All jobs, by name.', schema: jobList } },
      handle: async () => {
        const { items, unavailable } = await listAll(jobs);
        return {
          status: 200,
          json: { items: items.map(({ service: _service, ...job }) => job), unavailable: [...unavailable] },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/jobs/{name}/runs',
      operationId: 'runJob',
      tag,
      summary: 'Run a job now',
      description: 'Answers as soon as it runs; what came of it is in the list.',
      permission: 'platform.write',
      wholeDeployment: true,
      params: jobParams,
      responses: { 202: { description: 'It runs.', schema: jobRun } },
      handle: async ({ params: { name } }) => {
        const { items, unavailable } = await listAll(jobs);
        const job = items.find((one) => one.name === name);
        if (job === undefined) throw unavailable.length > 0 ? jobsUnavailable() : unknownJob({ name });
        if ((await jobs[job.service].begin(name)) === 'elsewhere') throw jobRunning({ name });
        return { status: 202, json: { name }, audit: { action: 'job.run', objectType: 'job', objectId: name } };
      },
    }),
  ];
}
