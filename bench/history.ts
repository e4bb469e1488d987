import { statSync } from 'node:fs'
import { type PendingRecord, pendingEvent } from '@slm-audit/core/journal'
import { mergeCall } from '@slm-audit/core/reader'
import { openForWriting } from '../packages/journals/sqlite/src/store/open-database.ts'
import { readableOfCall } from '../packages/journals/sqlite/src/store/sealed-rows.ts'
import { rowOf, Writer } from '../packages/journals/sqlite/src/store/writer.ts'
import {
  type Effort,
  interleave,
  microseconds,
  type Result,
  threadMicroseconds,
  withFile
} from './harness.ts'

const TURNS = 50
const CHATS = 40
/** Calls in a transaction. */
const BATCH = 10
const READS = 40

/** Words that do not repeat, about as long as what people and models say. */
function words(seed: number): string {
  let state = seed + 1
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return state.toString(36)
  }
  return Array.from({ length: 75 }, next).join(' ')
}

/** The inputs of one chat, each with all that was said before. */
function turnsOf(chat: number): string[] {
  const history: string[] = []
  return Array.from({ length: TURNS }, (_, turn) => {
    for (const [at, role] of (['user', 'assistant'] as const).entries()) {
      const content = words((chat * TURNS + turn) * 2 + at)
      history.push(JSON.stringify({ role, content }))
    }
    return `[${history.slice(0, -1).join(',')}]`
  })
}

interface Written {
  readonly bytes: number
  readonly cpuPerCall: number
  readonly readOfLast: number
}

/** Stores chats that take turns, as pending records of a session each, or of none. */
function write(file: string, chats: readonly string[][], hasSession: boolean): Written {
  const database = openForWriting(file, 'process', 'example.com/bench')
  const writer = new Writer(database, 'bench')
  const pending: PendingRecord[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [chat, turns] of chats.entries()) {
      const { record, ...one } = pendingEvent('bench', {})
      const context = hasSession ? { session: `s-${chat}` } : {}
      const contents = [{ name: 'input', type: 'application/json', body: turns[turn] ?? '' }]
      pending.push({ ...one, record: { ...record, context }, contents })
    }
  }
  const rows = pending.map((one) => rowOf(one))
  const from = threadMicroseconds()
  for (let at = 0; at < rows.length; at += BATCH) writer.append(rows.slice(at, at + BATCH))
  const cpuPerCall = (threadMicroseconds() - from) / rows.length
  database.pragma('wal_checkpoint(TRUNCATE)')
  const last = pending.slice(-READS)
  const begun = threadMicroseconds()
  for (const { record } of last) mergeCall([...readableOfCall(database, record.auditId)])
  const readOfLast = (threadMicroseconds() - begun) / last.length
  database.close()
  return { bytes: statSync(file).size, cpuPerCall, readOfLast }
}

/** What chats that repeat their history cost on disk, to store and to read. */
export async function historyCost({ rounds, scale }: Effort): Promise<Result[]> {
  const chats = Array.from({ length: Math.max(2, Math.round(CHATS * scale)) }, (_, at) =>
    turnsOf(at)
  )
  const unique = chats.reduce((sum, turns) => sum + (turns.at(-1)?.length ?? 0), 0)
  const sent = chats.flat().reduce((sum, { length }) => sum + length, 0)
  const measure = (hasSession: boolean) => withFile(async (file) => write(file, chats, hasSession))
  const bytes = { parts: 0, whole: 0 }
  const reads: { parts: number[]; whole: number[] } = { parts: [], whole: [] }
  const variant = (name: 'parts' | 'whole') => async () => {
    const { bytes: size, cpuPerCall, readOfLast } = await measure(name === 'parts')
    bytes[name] = size
    reads[name].push(readOfLast)
    return cpuPerCall
  }
  const cpu = await interleave(rounds, { parts: variant('parts'), whole: variant('whole') })
  const middle = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
  const read = { parts: middle(reads.parts), whole: middle(reads.whole) }
  const kilobytes = (value: number) => `${(value / chats.length / 1000).toFixed(0)} kB`
  return [
    {
      what: `bytes on disk of a chat of ${TURNS} turns, all of the evidence file`,
      ours: kilobytes(bytes.parts),
      control: `sent ${kilobytes(sent)}, unique ${kilobytes(unique)}, kept whole ${kilobytes(bytes.whole)}`,
      ratio: (bytes.parts / unique).toFixed(2),
      aim: '≤ 2 × unique',
      met: bytes.parts <= 2 * unique
    },
    {
      what: 'processor time of the worker to store a call of such a chat',
      ours: microseconds(cpu.parts),
      control: `kept whole ${microseconds(cpu.whole)}`,
      ratio: (cpu.parts / cpu.whole).toFixed(2),
      aim: '≤ 1',
      met: cpu.parts <= cpu.whole
    },
    {
      what: `processor time to read the last call of such a chat`,
      ours: microseconds(read.parts),
      control: `kept whole ${microseconds(read.whole)}`,
      ratio: (read.parts / read.whole).toFixed(2),
      aim: '≤ 1',
      met: read.parts <= read.whole
    }
  ]
}
