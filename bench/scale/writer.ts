// Appends to one log until it is told the time: writer.ts <place as JSON> <batch> <milliseconds>; prints calls stored, and its processor time.
import { postgresJournal } from '@slm-audit/postgres'
import { pendingRecords } from '@slm-audit/testing'

const [place = '{}', batch = '100', ms = '1000'] = process.argv.slice(2)
const calls = Number(batch)
const words = 'the quick brown fox jumps over the lazy dog '.repeat(20)
const made = await pendingRecords(Array.from({ length: calls }, (_, at) => `${at} ${words}`))
const journal = await postgresJournal({
  ...JSON.parse(place),
  origin: 'example.com/scale',
  checkpoints: { everyRecords: 100_000, everyMs: 60_000 }
})
// Whoever uses a journal without a log keeps the process alive.
const alive = setInterval(() => undefined, 1000)
// What starting costs is not what a call costs.
await journal.append([])
const before = process.cpuUsage()
let stored = 0
let serial = 0
const until = performance.now() + Number(ms)
while (performance.now() < until) {
  const round = `${process.pid}-${serial++}-`
  const pending = made.map((one) => {
    const auditId = round + one.record.auditId
    const head = one.head.replace(one.record.auditId, auditId)
    return { ...one, head, record: { ...one.record, auditId } }
  })
  await journal.append(pending)
  stored += calls
}
await journal[Symbol.asyncDispose]()
clearInterval(alive)
const { user, system } = process.cpuUsage(before)
console.log(JSON.stringify({ stored, cpuMs: (user + system) / 1000 }))
