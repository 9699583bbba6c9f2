import { defineError } from '@voltpile/kernel/errors';
import { type JobService, type JobsPort, type JobView, unknownJob } from '@voltpile/platform/jobs/jobs-port';

const away = defineError('port.unavailable', 'Unavailable', 'The service is away.');

/** Jobs of three services, one of which may be away. */
export class FakeJobs {
  readonly rows: Record<JobService, JobView[]> = { csms: [], billing: [], operations: [] };
  readonly begun: string[] = [];
  readonly away = new Set<JobService>();

  readonly ports: Readonly<Record<JobService, JobsPort>> = {
    csms: this.#port('csms'),
    billing: this.#port('billing'),
    operations: this.#port('operations'),
  };

  #port(service: JobService): JobsPort {
    const rows = (): JobView[] => {
      if (this.away.has(service)) throw away();
      return this.rows[service];
    };
    return {
      list: async () => rows(),
      begin: async (name) => {
        const job = rows().find((one) => one.name === name);
        if (job === undefined) throw unknownJob({ name });
        if (job.isRunning) return 'elsewhere';
        this.begun.push(name);
        return 'started';
      },
    };
  }
}
