import { isObject, type TokenLogprob } from '@slm-audit/core/adapter'
import { member } from './member.ts'
import { readTensor } from './plain.ts'

const TOP = 5

interface Score {
  readonly id: number
  readonly logprob: number
  readonly top: readonly (readonly [id: number, logprob: number])[]
}

/**
 * Log probabilities of the tokens chosen, read where the last logits processor leaves off: after
 * penalties and temperature, before the sampler cuts to `top_k` or `top_p`.
 */
export class TokenScores {
  readonly #scores: Score[] = []
  #logits: unknown

  /** The caller's logits processors with ours behind them; the caller's own list stays as it is. */
  watching(processors: unknown): unknown {
    const ours = (_ids: unknown, logits: unknown): unknown => {
      this.#logits = logits
      return logits
    }
    if (processors === undefined || processors === null) return [ours]
    if (Array.isArray(processors)) return [...processors, ours]
    const iterate = member(processors, Symbol.iterator)
    if (typeof iterate !== 'function' || member(processors, 'processors') === undefined) {
      return processors
    }
    // Stands in for the list: models add processors of their own to what they are given.
    return Object.create(processors as object, {
      [Symbol.iterator]: { value: () => [...(processors as Iterable<unknown>), ours].values() }
    })
  }

  /** Notes the tokens chosen at one step, one a row. */
  chose(tokens: readonly number[]): void {
    const logits = readTensor(this.#logits)
    this.#logits = undefined
    const width = logits?.dims.at(-1) ?? 0
    if (logits === undefined || logits.data.length !== width * tokens.length) return
    for (const [row, id] of tokens.entries()) {
      this.#scores.push(scoreOf(rowOf(logits.data, row * width, width), id))
    }
  }

  /** The scores so far, with the tokens as text where the tokenizer is known. */
  logprobs(tokenizer: unknown): readonly TokenLogprob[] {
    const text = (id: number): string => decode(tokenizer, [id], false) ?? String(id)
    return this.#scores.map(({ id, logprob, top }) => ({
      token: text(id),
      logprob,
      top: top.map(([one, share]) => ({ token: text(one), logprob: share }))
    }))
  }
}

/** One row of logits; most models give numbers of 32 bits, which are not copied. */
function rowOf(data: ArrayLike<unknown>, from: number, width: number): Float32Array {
  if (data instanceof Float32Array) return data.subarray(from, from + width)
  return Float32Array.from({ length: width }, (_, at) => Number(data[from + at]))
}

function scoreOf(logits: Float32Array, id: number): Score {
  const top: [id: number, logit: number][] = []
  let lowest = Number.NEGATIVE_INFINITY
  for (let at = 0; at < logits.length; at++) {
    const value = logits[at] as number
    if (value <= lowest) continue
    insert(top, [at, value])
    if (top.length === TOP) lowest = top[TOP - 1]?.[1] ?? lowest
  }
  const highest = top[0]?.[1] ?? Number.NEGATIVE_INFINITY
  const total = highest + Math.log(sumOfPowers(logits, highest))
  return {
    id,
    logprob: (logits[id] ?? Number.NEGATIVE_INFINITY) - total,
    top: top.map(([one, value]) => [one, value - total] as const)
  }
}

/**
 * Powers of e are looked up in a table, in steps of 1/64, small enough for a processor's nearest cache; a series does the
 * rest, right to six digits.
 */
const STEPS = 64
/** What is less than e to the power of this, compared with the highest, does not change a sum. */
const LEAST = -25
let powers: Float32Array | undefined

/** The sum of e to the power of each logit less the highest. A vocabulary has 150,000 of them, at each token. */
function sumOfPowers(logits: Float32Array, highest: number): number {
  powers ??= Float32Array.from({ length: -LEAST * STEPS }, (_, at) => Math.exp(-at / STEPS))
  const table = powers
  const top = highest * STEPS
  let sum = 0
  for (let at = 0; at < logits.length; at++) {
    const steps = top - (logits[at] as number) * STEPS
    if (!(steps < table.length)) continue
    const whole = steps | 0
    const rest = (whole - steps) * (1 / STEPS)
    sum += (table[whole] as number) * (1 + rest + rest * rest * 0.5)
  }
  return sum
}

function insert(top: [number, number][], entry: [number, number]): void {
  const at = top.findIndex(([, value]) => entry[1] > value)
  top.splice(at === -1 ? top.length : at, 0, entry)
  if (top.length > TOP) top.pop()
}

/** The text of some token ids; `undefined` without a tokenizer that can tell. */
export function decode(
  tokenizer: unknown,
  ids: readonly number[],
  skipSpecial = true
): string | undefined {
  const method = member(tokenizer, 'decode')
  if (typeof method !== 'function' || ids.length === 0) return undefined
  try {
    const text: unknown = method.call(tokenizer, [...ids], { skip_special_tokens: skipSpecial })
    return typeof text === 'string' ? text : undefined
  } catch {
    // A tokenizer that cannot decode these ids: the record then has the ids alone.
    return undefined
  }
}

/** Whether a value may hold options. */
export function isOptions(value: unknown): value is object | undefined {
  return value === undefined || isObject(value)
}
