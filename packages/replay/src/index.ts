export {
  askAgain,
  type RecordedRequest,
  type Target,
  type WrittenRequest,
  writeRequest
} from './ask-again.ts'
export type { AskedPart } from './asked.ts'
export { type Changed, type Difference, differenceOf } from './difference.ts'
export { loadReplay, type Recorded, readRecorded } from './load-replay.ts'
export { keptRequest } from './recorded-call.ts'
export { Replay, type ReplayOptions } from './replay.ts'
export type { ReplayMatch, ReplayReport, ReplayStep } from './replay-report.ts'
export { type ReplayServer, type ServeOptions, serveReplay } from './serve-replay.ts'
