import type { BodyChunk } from '../base/bytes.ts'
import type { AuditError } from '../base/error.ts'
import { stringify } from '../base/json-text.ts'
import type { Journal } from '../journal/journal.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { member } from '../record/header.ts'

/**
 * What a frame tells of a call. `opened`: what was asked. `part`: bytes of an answer that is still
 * coming. `ended`: how it ended, with what is left of the answer. `event`: a record that is not a call.
 */
export type FrameKind = 'opened' | 'part' | 'ended' | 'event'

/** One thing that happened, as the application's thread hands it over: at once, and whole. */
export interface Frame {
  readonly kind: FrameKind
  readonly auditId: string
  /** When it happened, Unix time in milliseconds. */
  readonly at: number
  /** JSON text: what is known beside the body. Its form is the recorder's. */
  readonly meta: string
  /**
   * Texts that many frames repeat, for instance what is the same for all calls of a log. A carrier may
   * keep each of them once. Pass the same string objects again: they are compared by value.
   */
  readonly shared?: readonly string[]
  /** What came or went over the wire, in order; text counts as its UTF-8 bytes. */
  readonly body?: readonly BodyChunk[]
}

/** A frame as it comes out of a carrier: in the order of `append`. */
export interface CarriedFrame extends Omit<Frame, 'shared' | 'body'> {
  /** What `append` returned for it. */
  readonly sequence: number
  readonly shared: readonly string[]
  readonly body?: Uint8Array
  /** The frame was given before, and what became of it may be stored already. */
  readonly again?: boolean
  /** Reads the body once more, until the call has ended, for who has no room for it; absent where it is small. Throws where it is gone. */
  readonly bodyAgain?: () => Uint8Array
}

/**
 * Carries frames from the application's thread to whoever makes records of them. None of its methods
 * throws.
 */
export interface Carrier {
  /**
   * The module in which whoever reads the frames finds a protocol, for a frame to say; `undefined` where it
   * cannot, and calls of the protocol must be read before their frames are made.
   */
  moduleOf(protocol: Protocol): string | undefined
  /**
   * Takes a frame. Returns its number, which grows by one with each frame; or 0 where there is no room,
   * and the frame is lost: the caller counts it.
   */
  append(frame: Frame): number
  /**
   * `undefined` when a frame is kept at the carrier's level already; else a promise that resolves
   * when it is, and rejects with an AuditError when it never will be. It has no deadline.
   */
  kept(sequence: number): Promise<void> | undefined
  /** Resolves when all frames so far are records in the journal; rejects with an AuditError. */
  flush(): Promise<void>
  /** `flush` for a process that exits: blocks for at most `timeoutMs`; false when it was too short. */
  drainSync?(timeoutMs: number): boolean
  /**
   * Flushes for at most `timeoutMs` and lets go. Resolves to the number of frames that are lost. What it tells of
   * names `deadlineMs`, the time that the log had for all of its closing.
   */
  close(timeoutMs: number, deadlineMs: number): Promise<number>
}

/** What a carrier tells the log that appends to it. */
export interface CarrierEvents {
  /** So many records were stored. */
  stored(records: number): void
  /** So many records are lost whose frames had been taken: the log counts them in a `gap`. */
  lost(records: number): void
  /** Something failed that nobody waits for. To be told once an episode. */
  failed(problem: AuditError): void
}

/** A journal that makes the records of its logs' frames by itself, in a thread of its own. */
export interface CarryingJournal extends Journal {
  /** @param isHidden Whether what is carried must not be readable on a disk, as a policy may take it out. */
  openCarrier(events: CarrierEvents, isHidden?: boolean): Carrier
}

/** Whether a journal brings its own carrier. */
export function isCarrying(journal: Journal): journal is CarryingJournal {
  return typeof (journal as Partial<CarryingJournal>).openCarrier === 'function'
}

/** The facts of a frame as JSON. What JSON cannot hold is replaced, as it is in headers. */
export function metaOf(facts: object): string {
  try {
    return stringify(facts)
  } catch {
    return member(facts).text
  }
}
