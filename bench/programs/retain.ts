// Takes out of a log all that is a month old at a moment, and prints what that took as JSON: retain.ts FILE MOMENT
import { applyRetention } from '@slm-audit/sqlite'

const [file = '', moment = ''] = process.argv.slice(2)
const began = performance.now()
const { pruned } = await applyRetention(file, {
  now: new Date(Number(moment)),
  policy: {
    retention: { default: 'short', classes: { short: { contents: 'P1M', headers: 'P1M' } } },
    rules: [{ level: 'RequestResponse' }]
  }
})
process.stdout.write(JSON.stringify({ pruned: pruned.records, tookMs: performance.now() - began }))
