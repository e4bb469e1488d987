import { join } from 'node:path'
import type { CarriedFrame } from '../../recording/frame.ts'
import type { SpoolFiles } from './files.ts'
import { encodeFrame, mostBytes } from './frame-format.ts'
import type { MovedFrame } from './part-places.ts'
import { type NewTexts, Segment, segmentName } from './segment.ts'
import { SegmentReader } from './segment-reader.ts'
import { isBefore, type Position } from './spool-place.ts'

/** What is copied, and where to. */
export interface CarrySettings {
  readonly files: SpoolFiles
  readonly folder: string
  /** See `SpoolKey`. */
  readonly secret?: Uint8Array | undefined
  /** The name of the new file, which is a segment of its own. */
  readonly name: string
  readonly from: Position
  readonly to: Position
  /** auditIds of the calls whose frames are copied. */
  readonly calls: readonly string[]
}

const STEP_BYTES = 1024 * 1024

/**
 * Copies the frames of some calls between two positions into a file of their own. Throws the system's
 * error; the file is then of no use, and is written over by the next attempt.
 *
 * @returns Where they are in it.
 */
export function carryFrames(settings: CarrySettings): MovedFrame[] {
  const { files, folder, secret, name, from, to } = settings
  const calls = new Set(settings.calls)
  const { schema } = openSegment(settings, from.segment, (segment) => segment)
  const copy = new Segment({ files, folder, secret, schema }, 0, name)
  const moved: MovedFrame[] = []
  try {
    // The segment that `to` begins may not be there yet.
    for (let number = from.segment; isBefore({ segment: number, offset: 0 }, to); number++) {
      openSegment(settings, number, (segment) => {
        const end = number === to.segment ? to.offset : segment.size
        const begin = number === from.segment ? from.offset : 0
        while (segment.offset < end) {
          for (const { frame, offset } of segment.read(end, STEP_BYTES)) {
            if (offset >= begin && calls.has(frame.auditId)) moved.push(append(copy, frame))
          }
        }
        return segment
      })
    }
  } finally {
    copy.close()
  }
  return moved
}

function openSegment(
  { files, folder, secret }: CarrySettings,
  number: number,
  use: (segment: SegmentReader) => SegmentReader
): SegmentReader {
  const segment = SegmentReader.open(files, join(folder, segmentName(number)), secret)
  if (!segment) throw new Error(`${segmentName(number)} has no header`)
  try {
    return use(segment)
  } finally {
    segment.close()
  }
}

function append(copy: Segment, carried: CarriedFrame): MovedFrame {
  const { body, sequence, ...rest } = carried
  const frame = { ...rest, ...(body && { body: [body] }) }
  const buffer = Buffer.allocUnsafe(mostBytes(frame))
  const fresh: NewTexts = new Map()
  const { numbers, end } = copy.share(frame.shared, buffer, 0, fresh)
  const offset = copy.end + end
  copy.append(
    buffer.subarray(0, encodeFrame(buffer, end, { frame, sequence, shared: numbers }, copy.seed))
  )
  copy.keep(fresh)
  return { auditId: carried.auditId, sequence, offset }
}
