import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { LedgerFinding, LedgerProofView, UnansweredCheck } from '../contract/ledger.ts';
import type { LedgerProof } from './prove.ts';

interface ProofRow {
  readonly id: Uuid;
  readonly started_at: Date;
  readonly finished_at: Date;
  readonly is_sound: boolean;
  readonly checks: string[];
  readonly findings: LedgerFinding[];
  readonly unanswered: UnansweredCheck[];
}

const proofs = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('ledger_proofs');

/** Stores what was found, and forgets proofs that began before that time. */
export async function storeProof(db: Knex, proof: LedgerProof, forgetBefore: Instant): Promise<LedgerProofView> {
  const [row] = (await proofs(db).insert(
    {
      id: proof.id,
      started_at: toIso(proof.startedAt),
      finished_at: toIso(proof.finishedAt),
      is_sound: proof.findings.length === 0,
      checks: JSON.stringify(proof.checks),
      findings: JSON.stringify(proof.findings),
      unanswered: JSON.stringify(proof.unanswered),
    },
    '*',
  )) as [ProofRow];
  await proofs(db).where('started_at', '<', toIso(forgetBefore)).delete();
  return viewOf(row);
}

/** Newest first. */
export async function listProofs(db: Knex, after: Uuid | null, count: number): Promise<LedgerProofView[]> {
  const query = proofs(db).orderBy('id', 'desc').limit(count);
  if (after !== null) query.where('id', '<', after);
  const rows: ProofRow[] = await query;
  return rows.map(viewOf);
}

function viewOf(row: ProofRow): LedgerProofView {
  return {
    id: row.id,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at.toISOString(),
    isSound: row.is_sound,
    checks: row.checks,
    findings: row.findings,
    unanswered: row.unanswered,
  };
}
