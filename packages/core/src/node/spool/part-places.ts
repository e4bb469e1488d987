import { join } from 'node:path'
import { AuditError } from '../../base/error.ts'
import type { CarriedFrame } from '../../recording/frame.ts'
import type { SpoolFiles } from './files.ts'
import { SegmentReader } from './segment-reader.ts'

/** Where a frame is: the name of its file, and where it begins in that. */
interface PartPlace {
  name: string
  offset: number
}

/** A frame that was copied into another file. */
export interface MovedFrame {
  readonly auditId: string
  readonly sequence: number
  /** Where it begins there. */
  readonly offset: number
}

/** Where the parts of a spool are. */
export interface PartPlacesSettings {
  readonly files: SpoolFiles
  readonly folder: string
  /** See `SpoolKey`. */
  readonly secret?: Uint8Array | undefined
}

/** Bytes of a part that is worth being read again. */
const LEAST = 16 * 1024

/** Remembers where the parts of open calls are in their spool, for who has no room for all of them until their calls end. */
export class PartPlaces {
  readonly #settings: PartPlacesSettings
  /** By call and by sequence. */
  readonly #places = new Map<string, Map<number, PartPlace>>()

  constructor(settings: PartPlacesSettings) {
    this.#settings = settings
  }

  /** A frame that was read in a file at a place; of a large part its body can be read once more. */
  note(frame: CarriedFrame, name: string, offset: number): CarriedFrame {
    const { kind, auditId, sequence, body } = frame
    if (kind !== 'part' || body === undefined || body.length < LEAST) return frame
    const ofCall = this.#places.get(auditId) ?? new Map<number, PartPlace>()
    const place = { name, offset }
    this.#places.set(auditId, ofCall.set(sequence, place))
    return { ...frame, bodyAgain: () => this.#read(place) }
  }

  /** A call has ended. */
  forget(auditId: string): void {
    this.#places.delete(auditId)
  }

  /** Frames were copied into another file, and go where they were. */
  moved(frames: readonly MovedFrame[], name: string): void {
    for (const { auditId, sequence, offset } of frames) {
      const place = this.#places.get(auditId)?.get(sequence)
      if (place) Object.assign(place, { name, offset })
    }
  }

  #read({ name, offset }: PartPlace): Uint8Array {
    const { files, folder, secret } = this.#settings
    const segment = SegmentReader.open(files, join(folder, name), secret)
    try {
      const body = segment?.bodyAt(offset)
      if (body) return body
    } finally {
      segment?.close()
    }
    throw new AuditError('journal_damaged', `a part in ${name} of ${folder} cannot be read again`)
  }
}
