import type { Stage } from '../../record/record.ts'
import { Sketch, type StoredSketch } from './sketch.ts'
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

/** The figures of some calls. Tallies of parts add up to the tally of the whole. */
export class Tally {
  readonly #counts = { ...NONE }
  readonly #types = new Map<string, number>()
  readonly #sketches = { duration: new Sketch(), first: new Sketch(), speed: new Sketch() }

  add(call: TalliedCall): void {
    const counts = this.#counts
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
    this.#addTimes(call)
  }

  /** Adds a tally as `toJSON` gave it. */
  merge(stored: StoredTally): void {
    for (const name of COUNTS) this.#counts[name] += stored[name] ?? 0
    for (const [type, count] of Object.entries(stored.types ?? {})) this.#addType(type, count)
    for (const name of SKETCHES) this.#sketches[name].merge(stored[name] ?? [])
  }

  toJSON(): StoredTally {
    const counts = Object.entries(this.#counts).filter(([, count]) => count !== 0)
    const sketches = SKETCHES.flatMap((name) => {
      const sketch = this.#sketches[name]
      return sketch.isEmpty ? [] : [[name, sketch.toJSON()]]
    })
    const types = this.#types.size > 0 ? [['types', Object.fromEntries(this.#types)]] : []
    return Object.fromEntries([...counts, ...types, ...sketches])
  }

  /** The figures, as readers give them. */
  figures(): CallFigures {
    const { sure, confidence, ...counts } = this.#counts
    const duration = quantilesOf(this.#sketches.duration)
    const first = quantilesOf(this.#sketches.first)
    const speed = quantilesOf(this.#sketches.speed)
    const types = [...this.#types].sort(([, one], [, other]) => other - one)
    return {
      ...counts,
      errorTypes: types.map(([type, count]) => ({ type, count })),
      ...(duration && { durationMs: duration }),
      ...(first && { firstChunkMs: first }),
      ...(speed && { tokensPerSecond: speed }),
      ...(sure > 0 && { confidence: confidence / sure })
    }
  }

  #addTimes({ stage, durationMs, firstChunkMs, outputTokens }: TalliedCall): void {
    if (durationMs !== undefined) this.#sketches.duration.add(durationMs)
    if (firstChunkMs !== undefined) this.#sketches.first.add(firstChunkMs)
    if (stage !== 'complete' || durationMs === undefined || outputTokens === undefined) return
    const streamedMs = durationMs - (firstChunkMs ?? 0)
    if (streamedMs > 0 && outputTokens > 0) {
      this.#sketches.speed.add((outputTokens * 1000) / streamedMs)
    }
  }

  #addType(type: string, count: number): void {
    const isKnown = this.#types.has(type) || this.#types.size < MOST_TYPES
    const name = isKnown ? type : OTHERS
    this.#types.set(name, (this.#types.get(name) ?? 0) + count)
  }
}

function quantilesOf(sketch: Sketch): Quantiles | undefined {
  const [p50, p95, p99] = sketch.quantiles([0.5, 0.95, 0.99]) ?? []
  if (p50 === undefined || p95 === undefined || p99 === undefined) return undefined
  return { p50, p95, p99 }
}
