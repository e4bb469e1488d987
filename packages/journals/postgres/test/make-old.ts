import type { TestServer } from './server.ts'

/** What was stored this month becomes what was stored in 2020, as its owner alone can do. */
export async function makeOld(server: TestServer, s: string): Promise<void> {
  const [{ suffix = '' } = {}] = await server.query(
    `SELECT to_char(max(month), 'YYYY_MM') AS suffix FROM ${s}.records`
  )
  const moves = ['contents', 'parts', 'texts'].map(
    (table) => `ALTER TABLE ${s}.${table} DETACH PARTITION ${s}.${table}_${suffix};
      ALTER TABLE ${s}.${table}_${suffix} DISABLE TRIGGER USER;
      UPDATE ${s}.${table}_${suffix} SET month = '2020-01-01';
      ALTER TABLE ${s}.${table}_${suffix} ENABLE TRIGGER USER;
      ALTER TABLE ${s}.${table}_${suffix} RENAME TO ${table}_2020_01;
      ALTER TABLE ${s}.${table} ATTACH PARTITION ${s}.${table}_2020_01 FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');`
  )
  await server.query(`ALTER TABLE ${s}.records DISABLE TRIGGER USER; ${moves.join('')}
    UPDATE ${s}.records SET month = '2020-01-01' WHERE stage <> 'event';
    UPDATE ${s}.calls SET month = '2020-01-01' WHERE stage <> 'event';
    ALTER TABLE ${s}.records ENABLE TRIGGER USER`)
}
