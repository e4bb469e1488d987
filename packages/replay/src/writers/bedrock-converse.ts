import { isObject } from '@slm-audit/core/adapter'
import { inputMembers, objectsIn, piecesOf, present, withRest } from './parts.ts'
import type { Fields, KeptRequest, Writer, WrittenEvent } from './writer.ts'

/** Members of an answer that a stream has in its last event. */
const METADATA = ['usage', 'metrics', 'trace', 'performanceConfig', 'serviceTier']

/** Bedrock's Converse and ConverseStream; Nova's models answer so when they are invoked, too. */
export const bedrockConverseWriter: Writer = {
  framing: 'aws',
  path: (request) => bedrockPath(request, 'converse', 'converse-stream'),
  request: converseRequest,
  answer({ output, finishReasons, usage, details, rest }) {
    // What a guardrail did is read from its trace.
    const { guardrail: _guardrail, ...told } = details
    const { trace, additionalModelResponseFields, ...message } = isObject(output) ? output : {}
    const [stopReason] = finishReasons
    const body = {
      ...told,
      output: isObject(output) && { message },
      stopReason,
      usage,
      trace,
      additionalModelResponseFields
    }
    return withRest(present({ ...body, output: body.output || undefined }), rest)
  },
  events(body) {
    const { output, stopReason, additionalModelResponseFields, ...more } = body
    const message = isObject(output) && isObject(output.message) ? output.message : {}
    const { content, ...head } = message
    const last = Object.fromEntries(
      Object.entries(more).filter(([name]) => METADATA.includes(name))
    )
    const stopped = present({ stopReason, additionalModelResponseFields })
    return [
      ...('role' in head ? [event('messageStart', head)] : []),
      ...objectsIn(content).flatMap(blockEvents),
      ...(Object.keys(stopped).length > 0 ? [event('messageStop', stopped)] : []),
      ...(Object.keys(last).length > 0 ? [event('metadata', last)] : [])
    ]
  }
}

/** Where requests of the runtime go: the model's id or ARN is escaped. */
export function bedrockPath(
  { model = '', stream }: KeptRequest,
  whole: string,
  streamed: string
): string {
  return `/model/${encodeURIComponent(model)}/${stream ? streamed : whole}`
}

/** The body of a request of Converse. */
export function converseRequest({ input, tools, settings }: KeptRequest): Fields {
  const { toolConfig, ...own } = Object.fromEntries(
    Object.entries(settings).filter(([name]) => !name.startsWith('x-amzn-'))
  )
  const said = inputMembers(input, 'messages', ['system', 'promptVariables'])
  const how = present({ tools, ...(isObject(toolConfig) && toolConfig) })
  return { ...said, ...own, ...(Object.keys(how).length > 0 && { toolConfig: how }) }
}

function event(name: string, data: Fields): WrittenEvent {
  return { name, data }
}

function blockEvents(block: Fields, contentBlockIndex: number): WrittenEvent[] {
  const { start, deltas } = inPieces(block)
  return [
    ...(start ? [event('contentBlockStart', { contentBlockIndex, start })] : []),
    ...deltas.map((delta) => event('contentBlockDelta', { contentBlockIndex, delta })),
    event('contentBlockStop', { contentBlockIndex })
  ]
}

/** A block as it begins, where its kind has a beginning, and what comes after that. */
function inPieces(block: Fields): { readonly start?: Fields; readonly deltas: readonly Fields[] } {
  const { text, reasoningContent, toolUse, toolResult, citationsContent } = block
  if (typeof text === 'string') return { deltas: piecesOf(text).map((piece) => ({ text: piece })) }
  if (isObject(reasoningContent)) return { deltas: reasoningDeltas(reasoningContent) }
  if (isObject(toolUse)) {
    const { input, ...start } = toolUse
    const json = typeof input === 'string' ? input : JSON.stringify(input)
    return { start: { toolUse: start }, deltas: json ? [{ toolUse: { input: json } }] : [] }
  }
  if (isObject(toolResult)) {
    const { content, ...start } = toolResult
    return { start: { toolResult: start }, deltas: [{ toolResult: content }] }
  }
  if (isObject(citationsContent)) {
    const { content, citations } = citationsContent
    const texts = objectsIn(content).flatMap((part) => piecesOf(String(part.text ?? '')))
    const marks = objectsIn(citations).map((citation) => ({ citation }))
    return { deltas: [...texts.map((piece) => ({ text: piece })), ...marks] }
  }
  return { deltas: [block] }
}

function reasoningDeltas({ reasoningText, ...others }: Fields): Fields[] {
  const { text, signature } = isObject(reasoningText) ? reasoningText : {}
  const pieces = [
    ...(typeof text === 'string' ? piecesOf(text).map((piece) => ({ text: piece })) : []),
    ...(signature === undefined ? [] : [{ signature }]),
    ...(Object.keys(others).length > 0 ? [others] : [])
  ]
  return pieces.map((piece) => ({ reasoningContent: piece }))
}
