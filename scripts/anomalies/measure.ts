// How soon detectors find the changes of a stream, and how often they find what is none.
import {
  type Anomaly,
  AnomalyWatch,
  DETECTORS,
  type Detector
} from '../../packages/core/src/reader.ts'
import { type Change, callsOf, changesOf, type StreamOptions } from './stream.ts'

/** What one detector did. */
export interface DetectorFigures {
  readonly detector: Detector
  readonly changes: number
  readonly found: number
  /** From the change to the alarm, in milliseconds: half of those that were found, and nine of ten. */
  readonly medianMs: number | undefined
  readonly p90Ms: number | undefined
  readonly falseAlarms: number
}

/** What all of them did. */
export interface Measured {
  readonly calls: number
  readonly days: number
  readonly detectors: readonly DetectorFigures[]
}

/** How often the clock is looked at between calls, in milliseconds. */
const TICK_MS = 5_000
/** An alarm may come so long after the change is over, in milliseconds. */
const GRACE_MS = 600_000

/** Runs all detectors over a stream. */
export function measure(options: StreamOptions): Measured {
  const changes = changesOf(options)
  const watch = new AnomalyWatch()
  const alarms: Anomaly[] = []
  let [calls, last] = [0, 0]
  for (const call of callsOf(options, changes)) {
    if (last > 0 && call.at - last > TICK_MS) {
      for (let at = last + TICK_MS; at < call.at; at += TICK_MS) alarms.push(...watch.tick(at))
    }
    last = call.at
    calls++
    alarms.push(...watch.add(call))
  }
  const detectors = (Object.keys(DETECTORS) as Detector[]).map((detector) =>
    figuresOf(
      detector,
      changes.filter((change) => change.detector === detector),
      alarms.filter((alarm) => alarm.detector === detector)
    )
  )
  return { calls, days: options.days, detectors }
}

function figuresOf(
  detector: Detector,
  changes: readonly Change[],
  alarms: readonly Anomaly[]
): DetectorFigures {
  const delays: number[] = []
  const meant = new Set<Anomaly>()
  for (const { from, to } of changes) {
    const within = alarms.filter(
      ({ at }) => Date.parse(at) >= from && Date.parse(at) <= to + GRACE_MS
    )
    for (const alarm of within) meant.add(alarm)
    const [first] = within
    if (first) delays.push(Date.parse(first.at) - from)
  }
  delays.sort((one, other) => one - other)
  return {
    detector,
    changes: changes.length,
    found: delays.length,
    medianMs: delays[Math.floor((delays.length - 1) / 2)],
    p90Ms: delays[Math.floor((delays.length - 1) * 0.9)],
    falseAlarms: alarms.length - meant.size
  }
}
