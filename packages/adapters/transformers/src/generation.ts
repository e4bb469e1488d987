import {
  type AuditLog,
  type CallResponse,
  methodOf,
  type OpenCall,
  over
} from '@slm-audit/core/adapter'
import { firstMember, member, withMembers } from './member.ts'
import { countTokens } from './plain.ts'
import { TokenScores } from './token-scores.ts'
import { watchCriteria } from './watch-criteria.ts'

/** A function of the runtime's that does nothing. */
const NOTHING = Function.prototype as (...values: unknown[]) => unknown

interface Streamer {
  put(value: unknown): unknown
  end(): unknown
}

/** One pass of `generate`: from a prompt to the tokens that stop it. */
interface Pass {
  readonly rows: number[][]
  /** Tokens of a row before the first that was generated. */
  promptLength: number
  /** Why rows stopped at the latest token, where the application's criteria decided it. */
  readonly stopped: Map<number, string>
  hasPrompt: boolean
  ended: boolean
}

/** What transformers.js fills in where nobody says how long a text may get. */
const DEFAULT_MAX_LENGTH = 20

const watched = new WeakMap<object, { readonly by: Generation; readonly inner: unknown }>()

/** What one recorded call generates, as the streamer beside the application's sees it. */
export class Generation {
  readonly log: AuditLog
  readonly call: OpenCall
  readonly #tokenizer: unknown
  readonly #scores: TokenScores | undefined
  readonly #passes: Pass[] = []
  #inputTokens: number | undefined = 0
  #heldTokens = 0
  #begun = 0
  #stopIds: readonly unknown[] = []
  #limits: { readonly total: unknown; readonly generated: unknown } | undefined

  constructor(log: AuditLog, call: OpenCall, tokenizer: unknown, confidence: boolean) {
    this.log = log
    this.call = call
    this.#tokenizer = tokenizer
    this.#scores = confidence ? new TokenScores() : undefined
  }

  /** The recorded calls that a streamer belongs to, innermost first. */
  static behind(streamer: unknown): readonly Generation[] {
    const calls: Generation[] = []
    let at = streamer
    for (;;) {
      const found = typeof at === 'object' && at !== null ? watched.get(at) : undefined
      if (found === undefined) return calls
      calls.push(found.by)
      at = found.inner
    }
  }

  /** The caller's options with everything in them watched; they themselves stay as they are. */
  watch(options: object = {}): object {
    const criteria = member(options, 'stopping_criteria')
    return withMembers(options, {
      streamer: this.#streamer(member(options, 'streamer')),
      ...(criteria !== undefined &&
        criteria !== null && {
          stopping_criteria: watchCriteria(criteria, (rows, interrupted) => {
            for (const [row, stops] of rows.entries()) {
              const reason = interrupted ? 'interrupted' : 'stopping_criteria'
              if (stops) this.#passes.at(-1)?.stopped.set(row, reason)
            }
          })
        }),
      ...(this.#scores && {
        logits_processor: this.#scores.watching(member(options, 'logits_processor'))
      })
    })
  }

  /** `generate` of a model was called for this call. Never throws. */
  begins(options: unknown, model: unknown): void {
    this.#begun++
    quietly(() => this.#begin(options, model))
  }

  #begin(options: unknown, model: unknown): void {
    this.#addPass()
    const tokens = countTokens(options)
    if (tokens === undefined) this.#inputTokens = undefined
    else if (this.#inputTokens !== undefined) this.#inputTokens += tokens
    this.#heldTokens += heldTokens(member(options, 'past_key_values'))
    const config = member(model, 'config')
    const settings = [
      options,
      member(options, 'generation_config'),
      member(model, 'generation_config'),
      ...['text_config', 'generator', 'decoder'].map((name) => member(config, name)),
      config
    ]
    const stop = firstMember(settings, 'eos_token_id')
    this.#stopIds = (Array.isArray(stop) ? stop : [stop]).filter((id) => id != null)
    this.#limits = {
      total: firstMember(settings, 'max_length') ?? DEFAULT_MAX_LENGTH,
      generated: firstMember(settings, 'max_new_tokens')
    }
  }

  /** Ids of the tokens that were generated, a row each, all passes after each other. */
  get rows(): readonly (readonly number[])[] {
    return this.#passes.flatMap(({ rows }) => rows)
  }

  /** Whether somebody interrupted it through an `InterruptableStoppingCriteria`. */
  get interrupted(): boolean {
    return this.#finishReasons().includes('interrupted')
  }

  /** Counts, reasons and probabilities so far. */
  facts(): CallResponse {
    if (this.#begun === 0) return {}
    const inputTokens = this.#inputTokens
    const outputTokens = this.rows.reduce((sum, row) => sum + row.length, 0)
    const generated = this.#passes.some(({ hasPrompt }) => hasPrompt)
    return {
      finishReasons: this.#finishReasons(),
      usage: {
        ...(inputTokens !== undefined && { inputTokens }),
        ...(this.#heldTokens > 0 && { cacheReadTokens: this.#heldTokens }),
        ...(generated && { outputTokens })
      },
      ...(this.#scores && { logprobs: this.#scores.logprobs(this.#tokenizer) })
    }
  }

  #streamer(streamer: unknown): Streamer {
    const inner = streamer ? (streamer as Streamer) : undefined
    const put = over<unknown, [value: unknown], unknown>(
      inner ? methodOf(inner, 'put') : NOTHING,
      (host, value) => {
        quietly(() => this.#put(value))
        return host(value)
      }
    )
    const end = over<unknown, [], unknown>(inner ? methodOf(inner, 'end') : NOTHING, (host) => {
      const pass = this.#passes.at(-1)
      if (pass) pass.ended = true
      return host()
    })
    const ours: Streamer = { put, end }
    watched.set(ours, { by: this, inner })
    return ours
  }

  #put(value: unknown): void {
    const rows: readonly unknown[] = Array.isArray(value) ? value : []
    const latest = this.#passes.at(-1)
    const pass = latest === undefined || latest.ended ? this.#addPass() : latest
    if (!pass.hasPrompt) {
      pass.hasPrompt = true
      pass.promptLength = Number(member(rows[0], 'length'))
      for (const _ of rows) pass.rows.push([])
      return
    }
    this.call.chunk()
    pass.stopped.clear()
    const tokens = rows.map((row) => Number(member(row, 0)))
    for (const [row, token] of tokens.entries()) pass.rows[row]?.push(token)
    this.#scores?.chose(tokens)
  }

  #addPass(): Pass {
    const pass: Pass = {
      rows: [],
      promptLength: 0,
      stopped: new Map(),
      hasPrompt: false,
      ended: false
    }
    this.#passes.push(pass)
    return pass
  }

  /**
   * transformers.js names no reasons, but what stopped a row can be seen: a token that ends texts, a
   * criterion of the application, or the limit. Some models have criteria of their own, which cannot.
   */
  #finishReasons(): readonly string[] {
    const ended = this.#passes.filter((pass) => pass.ended)
    const reasons = ended.flatMap((pass) => this.#reasons(pass))
    const known = reasons.filter((reason) => reason !== undefined)
    return known.length === reasons.length ? known : []
  }

  #reasons({ rows, promptLength, stopped }: Pass): readonly (string | undefined)[] {
    return rows.map((row, at) => {
      const last = row.at(-1)
      if (this.#stopIds.some((id) => Number(id) === last)) return 'eos'
      const { generated, total } = this.#limits ?? {}
      const isFull =
        typeof generated === 'number'
          ? row.length >= generated
          : typeof total === 'number' && promptLength + row.length >= total
      return stopped.get(at) ?? (isFull ? 'length' : undefined)
    })
  }
}

/** Tokens that a cache given to `generate` holds already, where it can tell. */
function heldTokens(cache: unknown): number {
  const length = member(cache, 'get_seq_length')
  const held: unknown = typeof length === 'function' ? length.call(cache) : 0
  return typeof held === 'number' ? held : 0
}

/** What cannot be watched must not reach the application; the record then lacks it alone. */
function quietly(watch: () => void): void {
  try {
    watch()
  } catch {
    // Nothing to tell: unknown facts are absent.
  }
}
