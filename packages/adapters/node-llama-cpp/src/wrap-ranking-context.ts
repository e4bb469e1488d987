import { type AuditLog, type CallResponse, checkWrapping, claim } from '@slm-audit/core/adapter'
import type { LlamaRankingContext } from 'node-llama-cpp'
import { Generation } from './generation.ts'
import { sequenceOf } from './inner-objects.ts'
import { recordMethod } from './record-method.ts'
import { Recorder, type WrapOptions } from './recorder.ts'
import { promptOf } from './tokens-with-text.ts'

/** A document with its score, as `rankAndSort` answers. */
interface Ranked {
  readonly document: string
  readonly score: number
}

/** More would not fit a header; the output has them all. */
const MAX_SCORES = 100

/**
 * Records how a ranking context scores documents: `rank`, `rankAll` and `rankAndSort`, each call
 * once. A score is labelled with its document's place in the input, from `0`. The context is
 * changed in place and returned; wrapping it twice for one log is harmless.
 *
 * Throws the runtime's own error when the context is disposed of. One that is frozen is reported as `client_unseen`.
 */
export function wrapLlamaRankingContext<Context extends LlamaRankingContext>(
  context: Context,
  log: AuditLog,
  options: WrapOptions = {}
): Context {
  checkWrapping(log, context)
  const sequence = sequenceOf(context, 'ranking context')
  if (!claim(context, log)) return context
  const recorder = new Recorder(sequence, log, options)
  Generation.watch(sequence)
  const prompt = (value: unknown) => promptOf(value, sequence.model)
  const one = {
    name: 'rank',
    request: ([query, document, settings]: readonly unknown[]) => {
      const input = { query: prompt(query), document: prompt(document) }
      return recorder.request('rerank', 'rank', input, settings)
    },
    read: (score: number) => ({ output: score, ...scoresOf([score]) })
  }
  const many = (name: string) => ({
    name,
    request: ([query, documents, settings]: readonly unknown[]) => {
      const list = Array.isArray(documents) ? documents.map(prompt) : documents
      return recorder.request('rerank', name, { query: prompt(query), documents: list }, settings)
    }
  })
  const all = {
    ...many('rankAll'),
    read: (scores: readonly number[]) => ({ output: scores, ...scoresOf(scores) })
  }
  const sorted = {
    ...many('rankAndSort'),
    read: (ranked: readonly Ranked[], [, documents]: readonly unknown[]) => ({
      output: ranked,
      ...scoresOf(
        ranked.map(({ score }) => score),
        placesOf(ranked, documents)
      )
    })
  }
  recordMethod(context, one, recorder)
  recordMethod(context, all, recorder)
  recordMethod(context, sorted, recorder)
  return context
}

function scoresOf(
  scores: readonly number[],
  places: readonly number[] = [...scores.keys()]
): CallResponse {
  if (scores.length > MAX_SCORES) return {}
  return { scores: scores.map((score, at) => ({ label: String(places[at]), score })) }
}

/** Where the ranked documents were in the input; of equal ones each has a place of its own. */
function placesOf(ranked: readonly Ranked[], documents: unknown): readonly number[] {
  const left: unknown[] = Array.isArray(documents) ? [...documents] : []
  return ranked.map(({ document }) => {
    const place = left.indexOf(document)
    left[place] = undefined
    return place
  })
}
