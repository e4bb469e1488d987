// What the model says of logs on servers: node bench/scale/model.ts. Nothing is measured; see simulate.ts.
import { simulate } from './simulate.ts'

/** What a call costs while the log's lock is held, on a processor of its own, and what it takes on disk. */
const PER_CALL_MS = 0.05
const BYTES_A_CALL = 5_400
const PROCESSES = 8
const DAY_SECONDS = 86_400

const SERVERS = [
  { name: 'same zone', roundTripMs: 0.5, commitMs: 1 },
  { name: 'three zones, synchronous', roundTripMs: 1, commitMs: 3 },
  { name: 'another region', roundTripMs: 40, commitMs: 1 }
]

/** Prints calls a second of one log, how many logs a million calls a second take, and what they store. */
export function printModel(): void {
  for (const { name, ...server } of SERVERS) {
    for (const callsABatch of [10, 100, 1_000]) {
      const model = { ...server, callsABatch, processes: PROCESSES, perCallMs: PER_CALL_MS }
      const rate = simulate({ ...model, seconds: 20 })
      const logs = Math.ceil(1_000_000 / rate)
      console.log(
        `${name}, ${callsABatch} calls a batch: ${Math.round(rate)} calls/s a log; ${logs} logs for a million calls/s`
      )
    }
  }
  const gigabytes = (BYTES_A_CALL * 1_000_000) / 1e9
  console.log(
    `a million calls: ${gigabytes} GB; each second: ${Math.round((gigabytes * DAY_SECONDS) / 1_000)} TB a day`
  )
}

if (import.meta.main) printModel()
