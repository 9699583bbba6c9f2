/** What the tests read of the API's documents, written down from the documentation and not from the server's code. */

export interface StationDocument {
  readonly id: string;
  readonly siteId: string;
  readonly registrationStatus: 'Accepted' | 'Pending' | 'Rejected';
  readonly online: boolean;
  readonly protocol: string | null;
  readonly hasPassword: boolean;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly firmwareVersion: string | null;
  readonly connectedAt: string | null;
  readonly lastBootAt: string | null;
  readonly connectors: readonly {
    readonly evseId: number;
    readonly connectorId: number;
    readonly status: string;
    readonly statusDetail: string | null;
    readonly errorCode: string | null;
  }[];
}

export interface TransactionDocument {
  readonly id: string;
  readonly stationId: string;
  readonly evseId: number | null;
  readonly stationTransactionId: string | null;
  readonly idToken: string | null;
  readonly status: 'active' | 'ended';
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly energyWh: number | null;
  readonly meterStartWh: number | null;
  readonly meterStopWh: number | null;
  readonly stopReason: string | null;
  readonly flags: readonly string[];
  readonly holds: readonly string[];
}

/** A charge detail record, as far as tests look at it. */
export interface CdrDocument {
  readonly id: string;
  readonly kind: 'charge' | 'credit';
  readonly transactionIds: readonly string[];
  readonly accountId: string | null;
  readonly energyWh: number;
  readonly lines: readonly {
    readonly dimension: string;
    readonly quantity: string;
    readonly amount: { readonly amount: string };
  }[];
  readonly exclVat: { readonly amount: string; readonly currency: string } | null;
  readonly inclVat: { readonly amount: string; readonly currency: string };
}

export interface MeterValueDocument {
  readonly timestamp: string;
  readonly measurand: string;
  readonly phase: string | null;
  readonly location: string | null;
  readonly context: string | null;
  readonly value: number | string;
  readonly unit: string | null;
}

export interface CommandDocument {
  readonly id: string;
  readonly stationId: string;
  readonly action: string;
  readonly payload: unknown;
  readonly status: 'pending' | 'accepted' | 'rejected' | 'failed' | 'timeout' | 'offline' | 'unknown';
  readonly response: unknown;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** The station's own bill for a transaction. */
export interface BillDocument {
  readonly energyWh: number;
  readonly lossAdjustedEnergyWh: number | null;
  readonly amount: { readonly amount: string; readonly currency: string };
  readonly periods: readonly { readonly name: string; readonly energyWh: number; readonly amount: string }[];
  readonly conflicting?: true;
}
