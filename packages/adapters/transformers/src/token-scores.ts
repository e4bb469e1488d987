import { isObject, type TokenLogprob } from '@slm-audit/core/adapter'
import { member } from './member.ts'
import { readTensor } from './plain.ts'
import { readLogits } from './read-logits.ts'

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
  const { total, top } = readLogits(logits, TOP)
  return {
    id,
    logprob: (logits[id] ?? Number.NEGATIVE_INFINITY) - total,
    top: top.map(([one, value]) => [one, value - total] as const)
  }
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
