import { tick } from '../../base/clock.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import type { Frame } from '../../recording/frame.ts'
import { CatchUp } from './catch-up.ts'
import { codeOf, nodeFiles, type SpoolFiles } from './files.ts'
import { FrameWaits } from './frame-waits.ts'
import { leaveLosses } from './left-losses.ts'
import { type Owner, thisThread } from './owner.ts'
import { isLarge, SegmentChain } from './segment-chain.ts'
import { SlowWrites } from './slow-writes.ts'
import { giveAway, makeSpoolFolder, type SpoolFolder } from './spool-folder.ts'
import { chainSettings, MIB, type SpoolSettings } from './spool-settings.ts'
import { SpoolState } from './spool-state.ts'
import { WaitingFrames } from './waiting-frames.ts'

/** How long writing goes to the thread pool once the disk is slow. */
const SLOW_EPISODE_MS = 5_000

/**
 * The spool of one thread: each frame is one synchronous write when the thing happens, so no end of
 * the process can lose it. Where the disk fails or is slow, frames wait in memory, within a bound.
 */
export class SpoolWriter {
  readonly state = new SpoolState()
  readonly #settings: SpoolSettings
  readonly #files: SpoolFiles
  readonly #owner: Owner = thisThread()
  readonly #chain: SegmentChain
  readonly #waiting: WaitingFrames
  readonly #waits = new FrameWaits()
  readonly #catchUp: CatchUp
  #folder: SpoolFolder
  #sequence = 0
  #syncedSequence = 0
  #isSyncing = false
  readonly #slowWrites: SlowWrites
  #slowUntil = Number.NEGATIVE_INFINITY

  /** Makes the folder and begins a segment. Throws AuditError `journal_unavailable`. */
  constructor(settings: SpoolSettings) {
    const { files = nodeFiles, root } = settings
    this.#settings = settings
    this.#files = files
    this.#slowWrites = new SlowWrites(files)
    this.#waiting = new WaitingFrames(settings.maxWaitingBytes ?? 64 * MIB)
    try {
      this.#folder = makeSpoolFolder(files, root, this.#owner, settings.key?.wrapped)
      this.#chain = new SegmentChain(chainSettings(settings, this.#folder.path), this.state)
      this.#chain.begin()
    } catch (cause) {
      const message = `the spool cannot be begun in ${root}: ${messageOf(cause)}; make the folder writable or name another`
      throw new AuditError('journal_unavailable', message, { cause })
    }
    this.#catchUp = new CatchUp(this.#chain, this.#waiting, {
      waited: () => this.state.waited(this.#sequence),
      advanced: () => this.#advanced(),
      failed: (cause) => this.#recover(cause),
      lost: (frame, sequence, problem) => this.#lost(frame, sequence, problem)
    })
  }

  get folder(): SpoolFolder {
    return this.#folder
  }

  /** The sequence of the last frame that was taken. */
  get sequence(): number {
    return this.#sequence
  }

  /** Frames that are taken and not yet in the spool. */
  get waiting(): number {
    return this.#waiting.length + this.#chain.largeCount
  }

  /** Takes a frame: see `Carrier`. Never throws; 0 where the frame finds no room or cannot be encoded. */
  append(frame: Frame): number {
    const sequence = this.#sequence + 1
    try {
      if (!this.#write(frame, sequence)) {
        if (!this.#waiting.push(frame, sequence, this.#catchUp.isTold)) return 0
        this.#catchUp.start()
      }
      this.#sequence = sequence
      return sequence
    } catch (cause) {
      const message = `a frame of ${frame?.kind} cannot be written: ${messageOf(cause)}; report it`
      this.#settings.events.failed(new AuditError('journal_failed', message, { cause }))
      return 0
    }
  }

  /** Waits for a frame: see `Carrier`. */
  kept(sequence: number): Promise<void> | undefined {
    const { level } = this.#settings
    if (level === 'memory') return undefined
    if (sequence < 1 || sequence > this.#sequence) return Promise.reject(notTaken())
    if (sequence <= (level === 'disk' ? this.#syncedSequence : this.#through)) return undefined
    const kept = this.#waits.add(sequence)
    if (level === 'disk') void this.#sync()
    return kept
  }

  /** Resolves when all that was taken is in the spool; rejects where some of it is lost. */
  written(): Promise<void> {
    return this.waiting === 0 ? Promise.resolve() : this.#waits.add(this.#sequence)
  }

  /** Ends the segment, so that what is in it can go; the next frame begins another. */
  rotate(): void {
    if (this.waiting === 0) this.#chain.end()
  }

  /** Writes what waits, now and blocking, for a process that exits. Returns how many frames are lost, and leaves word of them. */
  writeAtExit(): number {
    const lost = this.#writeWaiting()
    leaveLosses(this.#files, this.#folder.path, this.#waiting)
    return lost
  }

  #writeWaiting(): number {
    try {
      this.#chain.writeLarge()
      if (this.#waiting.length > 0) this.state.waited(this.#sequence)
      for (const { frame, sequence } of this.#waiting) {
        if (isLarge(frame)) {
          this.#chain.place(frame, sequence)
          this.#chain.writeLarge()
        } else this.#chain.append(frame, sequence)
        this.#waiting.dropThrough(sequence)
      }
    } catch (cause) {
      this.#recover(cause)
    }
    this.#advanced()
    return this.waiting
  }

  /**
   * Stops writing. Frames that wait are tried once more and given up if that fails; returns how many
   * were. The folder stays, for whoever takes in what is in it.
   */
  close(): number {
    this.#catchUp.stop()
    const lost = this.writeAtExit()
    const problem = new AuditError('not_recorded', 'the log closed while its spool failed')
    for (const { frame, sequence } of this.#waiting) this.#lost(frame, sequence, problem)
    this.#waiting.dropThrough(this.#sequence)
    this.#chain.end()
    return lost
  }

  /** Gives up the folder of a closed writer to whoever opens the journal next. Never throws. */
  leave(): void {
    giveAway(this.#settings.root, this.#folder, this.#files)
  }

  /** Frames up to here are all in the spool. */
  get #through(): number {
    const first = this.#waiting.first?.sequence ?? this.#sequence + 1
    return Math.min(first, this.#chain.oldestLarge?.sequence ?? first) - 1
  }

  /** Writes at once; false where the frame has to wait. */
  #write(frame: Frame, sequence: number): boolean {
    if (this.#waiting.length > 0) return false
    const isLater = isLarge(frame)
    const isSlow = tick() < this.#slowUntil || this.#settings.level === 'memory'
    // What is written in the thread pool anyway has nothing to wait for.
    if (isSlow && !isLater) return false
    this.#slowWrites.begin()
    try {
      if (isLater) this.#catchUp.writeLarge(this.#chain.place(frame, sequence), frame)
      else this.#chain.append(frame, sequence)
    } catch (cause) {
      if (!isOfSystem(cause)) throw cause
      this.#recover(cause)
      return false
    }
    const slowMs = this.#slowWrites.end()
    if (slowMs !== undefined) this.#beSlow(slowMs)
    return true
  }

  #beSlow(ms: number): void {
    this.#slowUntil = tick() + SLOW_EPISODE_MS
    const message = `the disk of the spool is slow (${Math.round(ms)} ms a write), so calls wait in memory for it; a process that is killed loses those`
    this.#settings.events.failed(new AuditError('journal_failed', message))
  }

  #advanced(): void {
    if (!this.#waits.areAny) return
    if (this.#settings.level === 'disk') void this.#sync()
    else this.#waits.reached(this.#through)
  }

  async #sync(): Promise<void> {
    if (this.#isSyncing) return
    this.#isSyncing = true
    try {
      while (this.#waits.areAny && this.#through > this.#syncedSequence) {
        const through = this.#through
        await this.#chain.sync()
        this.#syncedSequence = through
        this.#waits.reached(through)
      }
    } catch (cause) {
      // What the disk refused once cannot be trusted to be there later.
      this.#chain.end()
      this.#waits.fail(problemOf(cause))
    }
    this.#isSyncing = false
  }

  #lost(frame: Frame, sequence: number, problem: AuditError): void {
    this.#waits.lost(sequence, problem)
    this.#settings.events.lost(frame, problem)
  }

  /** After a failure: says so once an episode, and finds another folder where this one is gone. */
  #recover(cause: unknown): void {
    if (!this.#catchUp.isTold) {
      this.#catchUp.isTold = true
      this.#settings.events.failed(problemOf(cause))
    }
    if (codeOf(cause) !== 'ENOENT') return
    try {
      const { root, key } = this.#settings
      this.#folder = makeSpoolFolder(this.#files, root, this.#owner, key?.wrapped)
      this.#chain.moveTo(this.#folder.path)
      this.#settings.events.moved(this.#folder)
    } catch {
      // It is tried again with the next frame.
    }
  }
}

function isOfSystem(cause: unknown): boolean {
  return AuditError.is(cause) || codeOf(cause) !== ''
}

function problemOf(cause: unknown): AuditError {
  if (AuditError.is(cause)) return cause
  const message = `the spool cannot be written: ${messageOf(cause)}; calls wait in memory, and are lost if that fills or the process is killed before the disk works again`
  return new AuditError('journal_failed', message, { cause })
}

function notTaken(): AuditError {
  return new AuditError('not_recorded', 'the call is not recorded, as there is no room for it')
}
