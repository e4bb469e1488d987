import { isObject } from '@slm-audit/core/adapter'
import { piecesOf, present, withRest } from './parts.ts'
import type { Fields, KeptAnswer, KeptRequest, Writer } from './writer.ts'

/** Text generation of Hugging Face's server and of those that speak the same. */
export const textGenerationWriter: Writer = {
  framing: 'sse',
  path: ({ stream }) => (stream === true ? '/generate_stream' : '/generate'),
  request: ({ input, settings, stream }) =>
    present({ inputs: input, parameters: settings, stream }),
  answer: generated,
  events(body, answer) {
    const { generated_text: text = '', details, ...more } = body
    const { tokens: _tokens, top_tokens: _tops, ...counted } = isObject(details) ? details : {}
    const said = tokensOf(answer)
    const tokens =
      said.length > 0
        ? said
        : piecesOf(String(text)).map((piece) => ({ text: piece, special: false }))
    const tops = topsOf(answer)
    return (tokens.length > 0 ? tokens : [undefined]).map((token, at, all) => {
      const isLast = at === all.length - 1 && !answer.isCut
      return {
        data: present({
          index: at + 1,
          token,
          top_tokens: tops?.[at],
          generated_text: isLast ? text : null,
          details: isLast ? counted : null,
          ...(isLast && more)
        })
      }
    })
  }
}

/** Tasks that are called otherwise among operations. */
const TASKS: ReadonlyMap<string, string> = new Map([
  ['embeddings', 'feature-extraction'],
  ['text_completion', 'text-generation'],
  ['chat', 'conversational'],
  ['transcription', 'automatic-speech-recognition'],
  ['speech', 'text-to-speech'],
  ['image_generation', 'text-to-image'],
  ['video_generation', 'text-to-video']
])

/** Tasks of Hugging Face's inference API; the operation of one that its path did not name is `inference`. */
export const huggingFaceTaskWriter: Writer = {
  framing: 'sse',
  path({ model, operation = 'inference' }) {
    // A server of one model, whose address is all that was asked.
    if (model === undefined) return ''
    const task = TASKS.get(operation) ?? operation.replaceAll('_', '-')
    return `/hf-inference/models/${model}${operation === 'inference' ? '' : `/pipeline/${task}`}`
  },
  request({ input, settings, stream, operation }: KeptRequest) {
    // Servers of embeddings have their settings beside what is embedded.
    const set = operation === 'embeddings' ? settings : { parameters: settings }
    return present({ inputs: input, ...set, stream })
  },
  answer(answer) {
    const { output } = answer
    if (typeof output === 'string') return [generated(answer)] as unknown as Fields
    return output as Fields
  }
}

function generated(answer: KeptAnswer): Fields {
  const { output, usage, finishReasons, details, rest } = answer
  const [finish_reason] = finishReasons
  const tokens = tokensOf(answer)
  const told = present({
    finish_reason,
    ...details,
    ...usage,
    ...(tokens.length > 0 && { tokens, top_tokens: topsOf(answer) })
  })
  const body = {
    generated_text: output,
    ...(Object.keys(told).length > 0 && { details: told })
  }
  return withRest(present(body), rest)
}

function tokensOf({ logprobs }: KeptAnswer): Fields[] {
  return logprobs.map(({ token, logprob, id }) =>
    present({ id, text: token, logprob, special: false })
  )
}

function topsOf({ logprobs }: KeptAnswer): Fields[][] | undefined {
  if (!logprobs.some(({ top }) => top)) return undefined
  return logprobs.map(({ top = [] }) =>
    top.map(({ token, logprob, id }) => present({ id, text: token, logprob, special: false }))
  )
}
