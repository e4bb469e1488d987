import { isObject } from '@slm-audit/core/adapter'
import { inputMembers, objectsIn, piecesOf, present, withRest } from './parts.ts'
import type { Fields, Writer, WrittenEvent } from './writer.ts'

/** Members of a request beside `generationConfig`; what else was set stood in there. */
const BESIDE = ['safetySettings', 'toolConfig', 'cachedContent', 'labels', 'serviceTier', 'store']
/** Details that stood with the candidates. */
const OF_CANDIDATES = ['safetyRatings', 'avgLogprobs']

/** Generation of the Gemini API and of Vertex AI. */
export const geminiWriter: Writer = {
  framing: 'sse',
  path({ model = '', stream }) {
    const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent'
    return `/v1beta/models/${encodeURIComponent(model)}:${method}`
  },
  request({ input, tools, settings }) {
    const entries = Object.entries(settings)
    const beside = entries.filter(([name]) => BESIDE.includes(name))
    const config = entries.filter(([name]) => !BESIDE.includes(name))
    const generationConfig = config.length > 0 ? Object.fromEntries(config) : undefined
    const said = inputMembers(input, 'contents', ['systemInstruction'])
    return present({ ...said, tools, ...Object.fromEntries(beside), generationConfig })
  },
  answer({ id, model, output, logprobs, usage, details, rest }) {
    const told = Object.entries(details).filter(([name]) => !OF_CANDIDATES.includes(name))
    const [first, ...others] = objectsIn(output)
    const candidates = first && [
      { ...first, ...(logprobs.length > 0 && { logprobsResult: resultOf(logprobs) }) },
      ...others
    ]
    const body = { candidates, ...Object.fromEntries(told), usageMetadata: usage }
    return withRest(present({ ...body, modelVersion: model, responseId: id }), rest)
  },
  events(body) {
    const { candidates, usageMetadata, ...head } = body
    const all = objectsIn(candidates)
    if (all.length === 0) return [{ data: body }]
    return all.flatMap((candidate, at) => {
      const isLast = at === all.length - 1
      return candidateEvents(candidate, at, head, isLast ? { usageMetadata } : {})
    })
  }
}

function candidateEvents(
  candidate: Fields,
  at: number,
  head: Fields,
  closing: Fields
): WrittenEvent[] {
  const { content, index = at, ...ended } = candidate
  const { parts, role = 'model' } = isObject(content) ? content : {}
  const chunk = (
    given: readonly Fields[],
    beside: Fields = {},
    last: Fields = {}
  ): WrittenEvent => {
    const said = given.length > 0 ? { content: { parts: given, role } } : {}
    return { data: present({ candidates: [{ ...said, index, ...beside }], ...head, ...last }) }
  }
  const pieces = objectsIn(parts).flatMap((part) => {
    const { text } = part
    const isSigned = 'thoughtSignature' in part
    if (typeof text !== 'string' || isSigned || text === '') return [part]
    return piecesOf(text).map((piece) => ({ ...part, text: piece }))
  })
  const [last, ...before] = pieces.toReversed()
  return [
    ...before.toReversed().map((piece) => chunk([piece])),
    chunk(last ? [last] : [], ended, closing)
  ]
}

interface Logprob {
  readonly token: string
  readonly logprob: number
  readonly id?: number
  readonly top?: readonly Omit<Logprob, 'top'>[]
}

function resultOf(logprobs: readonly Logprob[]): Fields {
  return {
    chosenCandidates: logprobs.map(candidateOf),
    topCandidates: logprobs.map(({ top = [] }) => ({ candidates: top.map(candidateOf) }))
  }
}

function candidateOf({ token, logprob, id }: Logprob): Fields {
  return present({ token, tokenId: id, logProbability: logprob })
}
