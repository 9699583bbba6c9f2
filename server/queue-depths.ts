import type { QueueDepth } from '@voltpile/platform/registry/node-report';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';

/** What waits in a process, as its figures tell it. */
const QUEUES: readonly { readonly service: string; readonly name: string; readonly metric: string }[] = [
  { service: 'station-gateway', name: 'messages-of-stations', metric: 'voltpile_gateway_queued_messages' },
  { service: 'station-gateway', name: 'half-open-sockets', metric: 'voltpile_gateway_half_open_sockets' },
  { service: 'csms', name: 'commits', metric: 'voltpile_commit_waiting' },
  { service: 'csms', name: 'station-facts', metric: 'voltpile_station_facts_waiting' },
  { service: 'csms', name: 'device-facts', metric: 'voltpile_device_facts_waiting' },
  { service: 'csms', name: 'commands', metric: 'voltpile_commands_pending' },
  { service: 'operations', name: 'message-log', metric: 'voltpile_message_log_waiting' },
  { service: 'operations', name: 'file-transfers', metric: 'voltpile_file_transfers' },
];

/** Of the rooms that are in this process. One with labels is several: `commits.samples`. */
export async function queueDepths({ registry }: Metrics): Promise<QueueDepth[]> {
  const depths = await Promise.all(
    QUEUES.map(async ({ service, name, metric }) => {
      const found = await registry.getSingleMetric(metric)?.get();
      return (found?.values ?? []).map(({ labels, value }) => ({
        service,
        name: [name, ...Object.values(labels)].join('.'),
        depth: value,
      }));
    }),
  );
  return depths.flat();
}
