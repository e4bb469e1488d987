import type { Stage } from '../../record/record.ts'
import { quantilesIn, Sketch, type StoredSketch } from './sketch.ts'
import type { CallFigures, Quantiles } from './stats.ts'

/** What a tally needs to know of a call that has ended; what is unknown is absent. */
export interface TalliedCall {
  /** How it ended. */
  readonly stage: Stage
  /** Type of the error, or who ended it. */
  readonly errorType?: string | undefined
  /** From the call to its end, in milliseconds. */
  readonly durationMs?: number | undefined
  /** From the call to the first piece of the answer, in milliseconds. */
  readonly firstChunkMs?: number | undefined
  /** Tokens of the request. */
  readonly inputTokens?: number | undefined
  /** Tokens of the answer. */
  readonly outputTokens?: number | undefined
  /** How sure the model was, from 0 to 1. */
  readonly confidence?: number | undefined
  /** Whether it was complete with no answer and no tool asked for. */
  readonly isEmpty?: boolean
  /** Whether a filter of the provider ended the answer. */
  readonly isFiltered?: boolean
  /** Whether the answer declines what was asked. */
  readonly isRefused?: boolean
  /** Whether the answer ends by saying the same again and again. */
  readonly isRepeated?: boolean
}

/** A tally as it is stored: counts, sums, errors by type, and sketches; members that are 0 are left out. */
export type StoredTally = {
  readonly [name in (typeof COUNTS)[number]]?: number
} & {
  readonly types?: { readonly [type: string]: number }
  readonly duration?: StoredSketch
  readonly first?: StoredSketch
  readonly speed?: StoredSketch
}

const COUNTS = [
  'calls',
  'complete',
  'errors',
  'cancelled',
  'abandoned',
  'denied',
  'inputTokens',
  'outputTokens',
  'sure',
  'confidence',
  'empty',
  'filtered',
  'refused',
  'repeated'
] as const
const NONE = Object.fromEntries(COUNTS.map((name) => [name, 0])) as {
  [name in (typeof COUNTS)[number]]: number
}
const SKETCHES = ['duration', 'first', 'speed'] as const
/** Types of errors that one tally tells apart. */
const MOST_TYPES = 50
const OTHERS = 'others'

/** What a tally has counted. */
interface Gathered {
  readonly counts: { [name in (typeof COUNTS)[number]]: number }
  readonly types: Map<string, number>
  readonly sketches: { readonly [name in (typeof SKETCHES)[number]]: Sketch }
}

/** The figures of some calls. Tallies of parts add up to the tally of the whole. */
export class Tally {
  /** A tally that is the only one so far, as it was stored: most are read and never added to. */
  #only: StoredTally | undefined
  #gathered: Gathered | undefined

  add(call: TalliedCall): void {
    const { counts, sketches } = this.#gather()
    counts.calls++
    if (call.stage === 'complete') counts.complete++
    else if (call.stage === 'error') counts.errors++
    else if (call.stage === 'cancelled') counts.cancelled++
    else if (call.stage === 'abandoned') counts.abandoned++
    else if (call.stage === 'denied') counts.denied++
    if (call.stage === 'error') this.#addType(call.errorType ?? 'unknown', 1)
    counts.inputTokens += call.inputTokens ?? 0
    counts.outputTokens += call.outputTokens ?? 0
    if (call.confidence !== undefined) {
      counts.sure++
      counts.confidence += call.confidence
    }
    if (call.isEmpty) counts.empty++
    if (call.isFiltered) counts.filtered++
    if (call.isRefused) counts.refused++
    if (call.isRepeated) counts.repeated++
    addTimes(sketches, call)
  }

  /** Adds a tally as `toJSON` gave it. */
  merge(stored: StoredTally): void {
    const isFirst = this.#only === undefined && this.#gathered === undefined
    if (isFirst && hasFewTypes(stored)) this.#only = stored
    else this.#mergeInto(this.#gather(), stored)
  }

  toJSON(): StoredTally {
    if (this.#only) return this.#only
    const { counts, types, sketches } = this.#gather()
    const counted = Object.entries(counts).filter(([, count]) => count !== 0)
    const drawn = SKETCHES.flatMap((name) => {
      const sketch = sketches[name]
      return sketch.isEmpty ? [] : [[name, sketch.toJSON()]]
    })
    const named = types.size > 0 ? [['types', Object.fromEntries(types)]] : []
    return Object.fromEntries([...counted, ...named, ...drawn])
  }

  /** The figures, as readers give them. */
  figures(): CallFigures {
    const stored = this.toJSON()
    const { sure = 0, confidence = 0 } = stored
    const duration = quantilesOf(stored.duration)
    const first = quantilesOf(stored.first)
    const speed = quantilesOf(stored.speed)
    const types = Object.entries(stored.types ?? {}).sort(([, one], [, other]) => other - one)
    return {
      calls: stored.calls ?? 0,
      complete: stored.complete ?? 0,
      errors: stored.errors ?? 0,
      cancelled: stored.cancelled ?? 0,
      abandoned: stored.abandoned ?? 0,
      denied: stored.denied ?? 0,
      inputTokens: stored.inputTokens ?? 0,
      outputTokens: stored.outputTokens ?? 0,
      empty: stored.empty ?? 0,
      filtered: stored.filtered ?? 0,
      refused: stored.refused ?? 0,
      repeated: stored.repeated ?? 0,
      errorTypes: types.map(([type, count]) => ({ type, count })),
      ...(duration && { durationMs: duration }),
      ...(first && { firstChunkMs: first }),
      ...(speed && { tokensPerSecond: speed }),
      ...(sure > 0 && { confidence: confidence / sure })
    }
  }

  #gather(): Gathered {
    if (this.#gathered) return this.#gathered
    const sketches = { duration: new Sketch(), first: new Sketch(), speed: new Sketch() }
    const gathered = { counts: { ...NONE }, types: new Map<string, number>(), sketches }
    this.#gathered = gathered
    const only = this.#only
    this.#only = undefined
    if (only) this.#mergeInto(gathered, only)
    return gathered
  }

  #mergeInto({ counts, sketches }: Gathered, stored: StoredTally): void {
    for (const name of COUNTS) counts[name] += stored[name] ?? 0
    for (const [type, count] of Object.entries(stored.types ?? {})) this.#addType(type, count)
    for (const name of SKETCHES) sketches[name].merge(stored[name] ?? [])
  }

  #addType(type: string, count: number): void {
    const { types } = this.#gather()
    const name = types.has(type) || types.size < MOST_TYPES ? type : OTHERS
    types.set(name, (types.get(name) ?? 0) + count)
  }
}

/** A store that counts for itself may tell apart more. */
function hasFewTypes({ types }: StoredTally): boolean {
  return Object.keys(types ?? {}).length <= MOST_TYPES
}

function addTimes(
  sketches: Gathered['sketches'],
  { stage, durationMs, firstChunkMs, outputTokens }: TalliedCall
): void {
  if (durationMs !== undefined) sketches.duration.add(durationMs)
  if (firstChunkMs !== undefined) sketches.first.add(firstChunkMs)
  if (stage !== 'complete' || durationMs === undefined || outputTokens === undefined) return
  const streamedMs = durationMs - (firstChunkMs ?? 0)
  if (streamedMs > 0 && outputTokens > 0) {
    sketches.speed.add((outputTokens * 1000) / streamedMs)
  }
}

function quantilesOf(stored: StoredSketch | undefined): Quantiles | undefined {
  const [p50, p95, p99] = quantilesIn(stored ?? [], [0.5, 0.95, 0.99]) ?? []
  if (p50 === undefined || p95 === undefined || p99 === undefined) return undefined
  return { p50, p95, p99 }
}
