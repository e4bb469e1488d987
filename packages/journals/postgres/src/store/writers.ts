import type { Connection } from '../connection/connection.ts'

/** Stands for a command that appended without the log's key; it goes once a process with the key has signed the log. */
export const COMMAND = 'command'

/** Says who has the log open, so that what is not signed yet is explained. */
export async function enterWriter(connection: Connection, writerId: string): Promise<void> {
  const sql = `INSERT INTO ${connection.schema}.writers (id) VALUES ($1) ON CONFLICT DO NOTHING`
  await connection.run(sql, [writerId])
}

/** Takes a writer's row away where all records are signed; else it stays, as that of a process that died. */
export async function leaveWriter(connection: Connection, writerId: string): Promise<void> {
  const s = connection.schema
  await connection.run(
    `DELETE FROM ${s}.writers WHERE id IN ($1, $2) AND (SELECT coalesce(max(idx) + 1, 0) FROM ${s}.records)
      <= (SELECT coalesce(max(size), 0) FROM ${s}.checkpoints)`,
    [writerId, COMMAND]
  )
}
