import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { StationCommand } from '../contract/commands.ts';
import { newReport, type ReportKind, type ReportProgress } from './report-progress.ts';

/** Which report a command asks for; undefined for other commands. Parts of it may come before the command is answered. */
export function reportAskedFor(
  command: StationCommand,
):
  | { readonly kind: ReportKind; readonly requestId: number; readonly base: string | null; readonly coversAll: boolean }
  | undefined {
  switch (command.action) {
    case 'get-base-report': {
      const { requestId, reportBase } = command.payload;
      if (requestId === undefined) return undefined;
      return { kind: 'device', requestId, base: reportBase, coversAll: reportBase === 'FullInventory' };
    }
    case 'get-report': {
      const { requestId } = command.payload;
      return requestId === undefined ? undefined : { kind: 'device', requestId, base: null, coversAll: false };
    }
    case 'get-monitoring-report': {
      const { requestId, monitoringCriteria, componentVariables } = command.payload;
      if (requestId === undefined) return undefined;
      const coversAll = monitoringCriteria === undefined && componentVariables === undefined;
      return { kind: 'monitoring', requestId, base: null, coversAll };
    }
    default:
      return undefined;
  }
}

/** The report that a command is about to ask for; nothing has come of it yet. */
export function expectedReport(command: StationCommand, commandId: Uuid, at: Instant): ReportProgress | undefined {
  const asked = reportAskedFor(command);
  if (asked === undefined) return undefined;
  return newReport({ ...asked, status: 'requested', commandId, requestedAt: at, activeAt: at });
}
