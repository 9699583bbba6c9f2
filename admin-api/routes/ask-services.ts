import { JOB_SERVICES, type JobService } from '@voltpile/platform/jobs/jobs-port';

/** What services have answered, in their order, and those that could not be asked. */
export interface Asked<T> {
  readonly answers: readonly { readonly service: JobService; readonly answer: T }[];
  readonly unavailable: JobService[];
}

/** Asks every service that stores something. One that is away does not keep the others' answers. */
export async function askServices<T>(ask: (service: JobService) => Promise<T>): Promise<Asked<T>> {
  const results = await Promise.allSettled(JOB_SERVICES.map(ask));
  const answers: { service: JobService; answer: T }[] = [];
  const unavailable: JobService[] = [];
  results.forEach((result, index) => {
    const service = JOB_SERVICES[index] as JobService;
    if (result.status === 'rejected') unavailable.push(service);
    else answers.push({ service, answer: result.value });
  });
  return { answers, unavailable };
}
