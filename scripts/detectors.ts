// Prints how well the detectors find what they look for: detectors.ts [--count 200] [--misses]
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { labelledSet } from './detectors/labelled-set.ts'
import { qualityOf } from './detectors/quality.ts'

const { values } = parseArgs({
  options: { count: { type: 'string', default: '200' }, misses: { type: 'boolean' } }
})
const report = qualityOf(labelledSet(Number(values.count)))
const table = new Table({ head: ['detector', 'values', 'recall', 'precision', 'wrong'] })
const share = (part: number, whole: number) => (whole === 0 ? '' : (part / whole).toFixed(3))
for (const { detector, values: count, found, wrong } of report.detectors) {
  table.push([detector, count, share(found, count), share(found, found + wrong), wrong])
}
console.log(table.toString())
console.log(
  `${report.harmed} of ${report.harmless} harmless texts would be changed; ${report.msPerKilo.toFixed(3)} ms for 1,000 characters`
)
if (values.misses) console.log([...report.misses, ...report.mistakes].join('\n'))
