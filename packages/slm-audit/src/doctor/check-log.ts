import type { Reader } from '@slm-audit/core/reader'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import { attention, type Finding, failing, ok } from './finding.ts'

/** Calls that run longer are likely to have no end any more. */
const LONG_OPEN = '1h'
const MOST = 1_000
/** Records that wait for a signature or an exporter where all goes well. */
const FEW = 2_000
const CLOCK_MS = 60_000

/** What the records and what is kept beside them say. `size` is the number of records. */
export async function checkLog(reader: Reader, size: number): Promise<Finding[]> {
  return [
    await checkNewest(reader, size),
    await checkOpenCalls(reader),
    await checkGaps(reader),
    await checkSignature(reader, size),
    await checkOutside(reader),
    ...(await checkExporters(reader))
  ]
}

async function checkNewest(reader: Reader, size: number): Promise<Finding> {
  const [newest] = (await reader.query('', { limit: 1 })).items
  const records = `${size.toLocaleString('en')} records`
  if (!newest)
    return attention('log', `${records}, no call yet`, 'wrap a client and ask it something')
  const ahead = Date.parse(newest.receivedAt) - Date.now()
  if (ahead <= CLOCK_MS) return ok('log', `${records}, the newest call at ${newest.receivedAt}`)
  const says = `the newest call is of ${newest.receivedAt}, which is yet to come`
  return attention('clock', says, 'set the clock of the machine, or of the one that wrote the log')
}

async function checkOpenCalls(reader: Reader): Promise<Finding> {
  const { items, cursor } = await reader.query(`stage:open until:${LONG_OPEN}`, { limit: MOST })
  if (items.length === 0) return ok('open calls', 'each call of before the last hour has its end')
  const count = `${cursor === undefined ? '' : 'more than '}${items.length}`
  const says = `${count} of before the last hour have no end: they hang, or their process is gone`
  const next = `slm-audit list stage:open until:${LONG_OPEN}; what is gone gets its end when the application opens the log`
  return attention('open calls', says, next)
}

async function checkGaps(reader: Reader): Promise<Finding> {
  const { items } = await reader.query('kind:gap', { limit: MOST })
  if (items.length === 0) return ok('gaps', 'no record was lost')
  const says = `records were lost ${items.length === 1 ? 'once' : `${items.length} times`}, the last time at ${items[0]?.receivedAt}`
  return attention('gaps', says, 'slm-audit list kind:gap says how many and why')
}

async function checkSignature(reader: Reader, size: number): Promise<Finding> {
  const note = await reader.checkpoint()
  if (note === undefined) {
    const next = 'the application signs when it opens the log with its key; then slm-audit verify'
    return attention('signature', 'nothing is signed yet', next)
  }
  const unsigned = size - parseCheckpoint(note).size
  if (unsigned <= 0) return ok('signature', 'all records are signed')
  const says = `the newest ${unsigned.toLocaleString('en')} records are not signed yet`
  if (unsigned <= FEW) return ok('signature', says)
  return attention('signature', says, 'see that the application has the key of the log')
}

async function checkOutside(reader: Reader): Promise<Finding> {
  const signatures = (await reader.checkpoint())?.match(/^— /gm)?.length ?? 0
  if (signatures > 1) return ok('outside', 'the newest checkpoint is signed by others as well')
  const says = 'nothing outside vouches for the log: whoever has its key could write it anew'
  return attention(
    'outside',
    says,
    'give createAuditLog an anchor or a witness: docs/guide/verify.md'
  )
}

async function checkExporters(reader: Reader): Promise<Finding[]> {
  const exporters = await reader.exporters()
  return exporters.map(({ name, lag, failures, setAside }) => {
    const check = `exporter ${name}`
    const behind = `${lag.toLocaleString('en')} records behind`
    if (failures > 0) {
      return failing(
        check,
        `its last ${failures} tries failed, ${behind}`,
        'slm-audit exporters says why'
      )
    }
    if (setAside.length > 0) {
      return attention(
        check,
        `it refused ${setAside.length} records`,
        'slm-audit exporters names them'
      )
    }
    if (lag <= FEW) return ok(check, lag === 0 ? 'up to date' : behind)
    return attention(check, behind, 'see that the application with this exporter runs')
  })
}
