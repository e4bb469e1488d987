import { isObject } from '@slm-audit/core/adapter'
import { piecesOf, present, withRest } from './parts.ts'
import type { Fields, KeptAnswer, KeptRequest } from './writer.ts'

/** A body of one of the models that complete texts: Titan's, Llama's, Mistral's, Cohere's; another's is as it was. */
export function completionBody(answer: KeptAnswer): Fields {
  const { id, output, usage = {}, finishReasons, rest } = answer
  const [reason] = finishReasons
  if (isObject(output)) return withRest(output, rest)
  const texts = textsOf(output)
  if (!texts) return withRest(present({ id, ...vectorsOf(output), ...usage }), rest)
  const [text = ''] = texts
  const named = texts.map((each, at) => ({ text: each, reason: finishReasons[at] }))
  switch (kindOf(answer)) {
    case 'titan': {
      const { tokenCount, ...counts } = usage
      const results = named.map((one) =>
        present({ tokenCount, outputText: one.text, completionReason: one.reason })
      )
      return withRest({ ...counts, results }, rest)
    }
    case 'mistral': {
      const outputs = named.map((one) => present({ text: one.text, stop_reason: one.reason }))
      return withRest({ ...usage, outputs }, rest)
    }
    case 'cohere': {
      if (texts.length === 1) {
        return withRest(present({ text, generation_id: id, finish_reason: reason }), rest)
      }
      const generations = named.map((one) => present({ text: one.text, finish_reason: one.reason }))
      return withRest(present({ id, generations }), rest)
    }
    case 'llama':
      return withRest(present({ generation: text, ...usage, stop_reason: reason }), rest)
  }
}

/** The same in pieces, which look like the answer in one piece. */
export function completionEvents(body: Fields, answer: KeptAnswer): readonly unknown[] {
  const texts = textsOf(answer.output)
  const [text] = texts ?? []
  // Streams have one text.
  if (text === undefined || texts?.length !== 1) return [body]
  const pieces = piecesOf(text)
  const [first] = Object.values(body).filter(Array.isArray)
  switch (kindOf(answer)) {
    case 'titan': {
      const { results: _results, ...counts } = body
      const { outputText: _text, ...ended } = Object(first?.[0])
      return [
        ...pieces.map((piece) => ({ outputText: piece, index: 0 })),
        { ...counts, ...ended, outputText: '', index: 0 }
      ]
    }
    case 'mistral': {
      const { outputs: _outputs, ...more } = body
      const { text: _text, ...ended } = Object(first?.[0])
      return [
        ...pieces.map((piece) => ({ outputs: [{ text: piece, stop_reason: null }] })),
        { ...more, outputs: [{ text: '', ...ended }] }
      ]
    }
    case 'cohere':
      return [...pieces.map((piece) => ({ text: piece })), { ...body, text: '' }]
    case 'llama':
      return [
        ...pieces.map((piece) => ({ generation: piece, stop_reason: null })),
        { ...body, generation: '' }
      ]
  }
}

/** The members that ask for a completion, an embedding or an image; an input under one name has lost it. */
export function completionRequest({ input, model = '', operation, settings }: KeptRequest): Fields {
  if (isObject(input)) return input
  if (operation === 'embeddings') {
    return Array.isArray(input) ? { texts: input } : { inputText: input }
  }
  if ('textGenerationConfig' in settings) return { inputText: input }
  return /cohere\.command-r/.test(model) ? { message: input } : { prompt: input }
}

type Kind = 'titan' | 'mistral' | 'cohere' | 'llama'

/** Whose completion it is: by the model that was asked, or, where a profile hides it, by what is counted. */
function kindOf({ asked = '', usage = {}, id }: KeptAnswer): Kind {
  if (/titan/.test(asked) || 'inputTextTokenCount' in usage) return 'titan'
  if (/mistral|mixtral/.test(asked)) return 'mistral'
  return /cohere/.test(asked) || id !== undefined ? 'cohere' : 'llama'
}

/** The texts that were answered; `undefined` where it is something else. */
function textsOf(output: unknown): readonly string[] | undefined {
  const all = Array.isArray(output) ? output : [output]
  return all.length > 0 && all.every((each) => typeof each === 'string') ? all : undefined
}

/** Vectors by the names that they have: one, or one for each text. */
function vectorsOf(output: unknown): Fields {
  const isOne = Array.isArray(output) && output.every((each) => typeof each === 'number')
  return isOne ? { embedding: output } : { embeddings: output }
}
