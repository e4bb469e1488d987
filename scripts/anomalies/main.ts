// `pnpm run anomalies [days] [calls a second] [seed]`: 90 days of calls with changes at known points; how soon each detector finds them, and
// how often it finds what is none.
import { measure } from './measure.ts'

const AIM_DELAY_MS = 300_000
const AIM_FALSE_A_WEEK = 1

const days = Number(process.argv[2] ?? 90)
const perSecond = Number(process.argv[3] ?? 1)
const seed = Number(process.argv[4] ?? 7)
const { calls, detectors } = measure({ days, perSecond, changes: 8, seed })
const weeks = days / 7
console.log(
  `${calls.toLocaleString('en')} calls in ${days} days, ${perSecond} a second on average\n`
)
console.log('detector    changes  found  median delay  p90 delay  false alarms a week')
for (const { detector, changes, found, medianMs, p90Ms, falseAlarms } of detectors) {
  const cells = [
    detector.padEnd(10),
    String(changes).padStart(8),
    String(found).padStart(6),
    seconds(medianMs).padStart(13),
    seconds(p90Ms).padStart(10),
    (falseAlarms / weeks).toFixed(2).padStart(20)
  ]
  console.log(cells.join(' '))
}
const found = detectors.flatMap(({ medianMs }) => medianMs ?? [])
const worst = Math.max(...found)
const wrong = detectors.reduce((sum, { falseAlarms }) => sum + falseAlarms, 0) / weeks
const missed = detectors.reduce((sum, each) => sum + each.changes - each.found, 0)
console.log(`\nworst median delay ${seconds(worst)} (aim: at most ${seconds(AIM_DELAY_MS)})`)
console.log(
  `false alarms of all together ${wrong.toFixed(2)} a week (aim: at most ${AIM_FALSE_A_WEEK})`
)
console.log(`changes that nothing found: ${missed}`)
if (worst > AIM_DELAY_MS || wrong > AIM_FALSE_A_WEEK || missed > 0) process.exitCode = 1

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${Math.round(ms / 1000)} s`
}
