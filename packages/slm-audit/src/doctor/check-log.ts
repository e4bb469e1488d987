import type { Reader } from '@slm-audit/core/reader'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import { attention, type Finding, ok } from '../base/finding.ts'
import { momentWord } from '../render/clock-words.ts'
import { counted } from '../render/figures.ts'
import type { Asked } from './asked.ts'
import { checkExporters } from './check-exporters.ts'
import { FEW } from './few.ts'
import { lossesIn } from './losses.ts'

/** Calls that run longer are likely to have no end any more. */
const LONG_OPEN = '1h'
const MOST = 1_000
/** Losses of before are known, and nobody can bring them back. */
const RECENT = '30d'
const CLOCK_MS = 60_000

/** What the records and what is kept beside them say. `size` is the number of records. */
export async function checkLog(reader: Reader, size: number, asked: Asked): Promise<Finding[]> {
  return [
    await checkNewest(reader, size, asked),
    await checkOpenCalls(reader, asked),
    await checkGaps(reader, asked),
    await checkSignature(reader, size, asked),
    await checkOutside(reader),
    ...(await checkExporters(reader, asked))
  ]
}

async function checkNewest(reader: Reader, size: number, { terminal }: Asked): Promise<Finding> {
  const [newest] = (await reader.query('', { limit: 1 })).items
  const records = counted(size, 'record')
  if (!newest)
    return attention('log', `${records}, no call yet`, 'wrap a client and ask it something')
  const at = momentWord(newest.receivedAt, terminal)
  const ahead = Date.parse(newest.receivedAt) - Date.now()
  if (ahead <= CLOCK_MS) return ok('log', `${records}, the newest call at ${at}`)
  const says = `the newest call is of ${at}, which is yet to come`
  return attention('clock', says, 'set the clock of the machine, or of the one that wrote the log')
}

async function checkOpenCalls(reader: Reader, asked: Asked): Promise<Finding> {
  const filter = `stage:open until:${LONG_OPEN}`
  const { items, cursor } = await reader.query(filter, { limit: MOST })
  if (items.length === 0) return ok('open calls', 'each call of before the last hour has its end')
  const isOne = items.length === 1
  const count = `${cursor === undefined ? '' : 'more than '}${counted(items.length, 'call')}`
  const says = isOne
    ? `${count} of before the last hour has no end: it hangs, or its process is gone`
    : `${count} of before the last hour have no end: they hang, or their processes are gone`
  const next = 'what is gone gets its end when the application opens the log; see them:'
  return attention('open calls', says, next, asked.of(`list ${filter}`))
}

async function checkGaps(reader: Reader, { terminal, of }: Asked): Promise<Finding> {
  const losses = await lossesIn(reader, `kind:gap since:${RECENT}`)
  if (losses === undefined) {
    const before = await lossesIn(reader, 'kind:gap')
    if (before === undefined) return ok('gaps', 'no record was lost')
    const last = momentWord(before.until, terminal)
    return ok('gaps', `no record was lost in the last 30 days, the last time at ${last}`)
  }
  const { records, isAll, since, until } = losses
  const count = `${isAll ? '' : 'at least '}${counted(records, 'record')}`
  const between = `between ${momentWord(since, terminal)} and ${momentWord(until, terminal)}`
  const says = `${count} of the last 30 days ${records === 1 ? 'was' : 'were'} lost, ${between}`
  const next =
    'what the application was told then (onProblem, else its warnings) says why; see each time:'
  return attention('gaps', says, next, of('list kind:gap'))
}

async function checkSignature(reader: Reader, size: number, { of }: Asked): Promise<Finding> {
  const note = await reader.checkpoint()
  if (note === undefined) {
    const next = 'the application signs when it opens the log with its key; afterwards:'
    return attention('signature', 'nothing is signed yet', next, of('verify'))
  }
  const unsigned = size - parseCheckpoint(note).size
  if (unsigned <= 0) return ok('signature', 'all records are signed')
  const says =
    unsigned === 1
      ? 'the newest record is not signed yet'
      : `the newest ${counted(unsigned, 'record')} are not signed yet`
  if (unsigned <= FEW) return ok('signature', says)
  return attention('signature', says, 'see that the application has the key of the log')
}

async function checkOutside(reader: Reader): Promise<Finding> {
  const newest = await reader.checkpoint()
  const { origin, note } = newest === undefined ? {} : parseCheckpoint(newest)
  // A log whose key was changed signs twice itself.
  if (note?.signatures.some(({ name }) => name !== origin)) {
    return ok('outside', 'the newest checkpoint is signed by others as well')
  }
  const says =
    'no witness has signed the newest checkpoint: whoever has the key of the log could write it anew'
  const next =
    'give createAuditLog a witness (docs/guide/verify.md); what an anchor of another kind keeps is not seen from here: slm-audit verify --against compares it'
  return attention('outside', says, next)
}
