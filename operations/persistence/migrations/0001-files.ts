import type { Knex } from 'knex';

/**
 * Firmware for stations, files from stations, and what stations were asked for: an update of their firmware, or a log. The content lies on
 * disk under the file's id; only a file that is `complete` has one.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table operations.files (
      id uuid primary key,
      organization_id uuid not null,
      -- where the station stood then; null for firmware, which belongs to the organisation as a whole
      site_id uuid,
      kind text not null check (kind in ('firmware', 'diagnostics', 'security-log')),
      station_key uuid,
      station_id text,
      request_id uuid,
      -- for people to read: never a name on disk
      name text not null,
      content_type text not null,
      size_bytes bigint check (size_bytes >= 0),
      sha256 bytea check (length(sha256) = 32),
      status text not null check (status in ('expected', 'receiving', 'complete', 'failed', 'expired')),
      uploaded_by text,
      created_at timestamptz not null,
      completed_at timestamptz,
      -- null: kept until somebody removes it
      expires_at timestamptz,
      check ((kind = 'firmware') = (station_key is null)),
      check (status <> 'complete' or (size_bytes is not null and sha256 is not null and completed_at is not null))
    );
    create index files_kind on operations.files (kind, id desc);
    create index files_station on operations.files (station_id, id desc) where station_id is not null;
    create index files_expiry on operations.files (expires_at) where status = 'complete' and expires_at is not null;
    create index files_unfinished on operations.files (status, id) where status <> 'complete';
    create index files_complete on operations.files (id) include (size_bytes) where status = 'complete';
    -- the same file put again is the same file
    create unique index files_firmware_content on operations.files (organization_id, name, sha256)
      where kind = 'firmware' and status = 'complete';
    create unique index files_upload_content on operations.files (request_id, name, sha256)
      where request_id is not null and status = 'complete';

    create table operations.station_requests (
      id uuid primary key,
      kind text not null check (kind in ('firmware-update', 'log-request')),
      organization_id uuid not null,
      site_id uuid not null,
      station_key uuid not null,
      station_id text not null,
      -- what the station calls the request where its dialect has numbers for them
      number integer not null,
      file_id uuid references operations.files on delete set null,
      file_name text,
      detail jsonb not null,
      command_id uuid,
      command_status text,
      state text not null check (state in ('pending', 'running', 'succeeded', 'failed', 'rejected', 'expired')),
      status text,
      status_at timestamptz,
      progress jsonb not null default '[]',
      last_event_id bigint not null default 0,
      -- of the address that the station was given; null: it leads nowhere any more
      token_hash bytea unique check (length(token_hash) = 32),
      token_expires_at timestamptz not null,
      requested_by text,
      created_at timestamptz not null,
      finished_at timestamptz
    );
    create index station_requests_station on operations.station_requests (station_id, kind, id desc);
    create index station_requests_command on operations.station_requests (command_id) where command_id is not null;
    create index station_requests_file on operations.station_requests (file_id) where file_id is not null;
    create index station_requests_tokens on operations.station_requests (token_expires_at) where token_hash is not null;

    alter table operations.files
      add foreign key (request_id) references operations.station_requests on delete set null;
    create index files_request on operations.files (request_id, id) where request_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table operations.files, operations.station_requests');
}
