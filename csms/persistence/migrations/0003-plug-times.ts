import type { Knex } from 'knex';

/**
 * Look-ups that a connector's status makes: the transactions of its EVSE next to it in time, and the statuses before a start. The first
 * index takes the place of one by station and time that nothing else needed; its predicate keeps it away from queries that do not ask for
 * a time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index csms.transactions_station_time;
    create index transactions_evse_time on csms.transactions (station_id, evse_id, started_at desc)
      where started_at is not null;
    create index connector_statuses_time on csms.connector_statuses (station_id, evse_id, connector_id, effective_at, id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index csms.connector_statuses_time, csms.transactions_evse_time;
    create index transactions_station_time on csms.transactions (station_id, started_at desc);
  `);
}
