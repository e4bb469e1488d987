// What one log in PostgreSQL takes: node bench/scale/main.ts [processes] [calls a batch] [milliseconds]. Durable commits.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresJournal } from '@slm-audit/postgres'
import { TestServer } from '../../packages/journals/postgres/test/server.ts'
import { printModel } from './model.ts'

const [processes = '4', batch = '250', ms = '5000'] = process.argv.slice(2)
await using server = await TestServer.start(['fsync=on', 'max_wal_size=4GB'])
const place = {
  url: server.url,
  schema: 'scale',
  folder: mkdtempSync(join(tmpdir(), 'slm-audit-'))
}
const first = await postgresJournal({ ...place, origin: 'example.com/scale' })
await first[Symbol.asyncDispose]()

const before = serverCpuMs()
const counts = await Promise.all(
  Array.from({ length: Number(processes) }, async () => {
    const program = join(import.meta.dirname, 'writer.ts')
    const given = [program, JSON.stringify(place), batch, ms]
    const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    for await (const data of child.stdout) output += data
    return JSON.parse(output) as { readonly stored: number; readonly cpuMs: number }
  })
)
const calls = counts.reduce((sum, { stored }) => sum + stored, 0)
const cpuMs = counts.reduce((sum, each) => sum + each.cpuMs, 0)
const [index] = await server.query('SELECT reached FROM scale.index_state')
const [size] = await server.query(
  "SELECT sum(pg_total_relation_size(c.oid)) AS bytes FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'scale' AND relkind = 'r'"
)
console.log(
  `${processes} processes, ${batch} calls a batch: ${Math.round(calls / (Number(ms) / 1000))} calls/s`
)
console.log(`${((cpuMs * 1000) / calls).toFixed(0)} µs of the writers' processors a call`)
const served = serverCpuMs() - before
if (served > 0)
  console.log(`${((served * 1000) / calls).toFixed(0)} µs of the server's processors a call`)
console.log(
  `the index has ${index?.reached} of ${2 * calls} records: it follows where nobody appends`
)
console.log(
  `${Math.round(Number(size?.bytes) / calls)} bytes a call, with its index as far as it is`
)

printModel()

/** Processor time that the server has used, its processes that have ended included; 0 where the system does not say. */
function serverCpuMs(): number {
  const [pid] = readFileSync(join(server.folder, 'data', 'postmaster.pid'), 'utf8').split('\n')
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return 0
  // Behind the name in brackets: fields 14 to 17 of proc(5), in hundredths of a second.
  const fields = readFileSync(file, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
}
