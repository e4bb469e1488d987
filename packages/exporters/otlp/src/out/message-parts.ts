import { isObject } from '@slm-audit/core/exporter'
import { parsedJson } from '../base/parsed-json.ts'

/** A part of a message, in the JSON schema of the GenAI conventions (gen-ai-input-messages.json). */
export type MessagePart = Fields & { readonly type: string }

/** An object of unknown members. */
export type Fields = { readonly [member: string]: unknown }

/** The parts of a message's content: a text, a list of blocks, or one block. */
export function partsOf(content: unknown): MessagePart[] {
  if (content === undefined || content === null || content === '') return []
  if (Array.isArray(content)) return content.flatMap(partsOf)
  if (typeof content === 'string') return [text(content)]
  if (isObject(content)) return [partOf(content)]
  return [text(String(content))]
}

/** A tool call in the shape of the conventions; arguments that are JSON text are parsed. */
export function toolCallPart(id: unknown, name: unknown, args: unknown): MessagePart {
  return {
    type: 'tool_call',
    ...(typeof id === 'string' && { id }),
    name: typeof name === 'string' ? name : '',
    arguments: parsedJson(args) ?? null
  }
}

/** What a tool answered. */
export function toolResponsePart(id: unknown, response: unknown): MessagePart {
  return {
    type: 'tool_call_response',
    ...(typeof id === 'string' && { id }),
    response: response ?? null
  }
}

/** Reasoning that the model showed. */
export function reasoningPart(content: string): MessagePart {
  return { type: 'reasoning', content }
}

function text(content: string): MessagePart {
  return { type: 'text', content }
}

/** One block of OpenAI, Anthropic, Google, Bedrock or the AI SDK; unknown ones stay as they are. */
function partOf(block: Fields): MessagePart {
  const type = typeof block['type'] === 'string' ? block['type'] : undefined
  return (
    textPart(block, type) ??
    toolPart(block, type) ??
    mediaPart(block) ?? { ...block, type: type ?? 'unknown' }
  )
}

const TEXT_TYPES: readonly (string | undefined)[] = ['text', 'input_text', 'output_text', undefined]

function textPart(block: Fields, type: string | undefined): MessagePart | undefined {
  if (type === 'thinking' && typeof block['thinking'] === 'string') {
    return reasoningPart(block['thinking'])
  }
  const content = block['text'] ?? block['content']
  if (typeof content !== 'string') return undefined
  if (type === 'reasoning' || block['thought'] === true) return reasoningPart(content)
  return TEXT_TYPES.includes(type) ? text(content) : undefined
}

function toolPart(block: Fields, type: string | undefined): MessagePart | undefined {
  if (type === 'tool_use' || type === 'tool_call') {
    return toolCallPart(block['id'], block['name'], block['input'] ?? block['arguments'])
  }
  if (type === 'function_call') {
    return toolCallPart(block['call_id'] ?? block['id'], block['name'], block['arguments'])
  }
  if (type === 'tool-call') {
    return toolCallPart(block['toolCallId'], block['toolName'], block['input'] ?? block['args'])
  }
  if (type === 'tool_result') return toolResponsePart(block['tool_use_id'], block['content'])
  if (type === 'tool_call_response') {
    return toolResponsePart(block['id'], block['response'] ?? block['result'])
  }
  if (type === 'function_call_output') return toolResponsePart(block['call_id'], block['output'])
  if (type === 'tool-result') {
    return toolResponsePart(block['toolCallId'], block['output'] ?? block['result'])
  }
  const { functionCall, functionResponse, toolUse, toolResult } = block
  if (isObject(functionCall)) {
    return toolCallPart(functionCall['id'], functionCall['name'], functionCall['args'])
  }
  if (isObject(functionResponse)) {
    return toolResponsePart(functionResponse['id'], functionResponse['response'])
  }
  if (isObject(toolUse)) {
    return toolCallPart(toolUse['toolUseId'], toolUse['name'], toolUse['input'])
  }
  if (isObject(toolResult)) return toolResponsePart(toolResult['toolUseId'], toolResult['content'])
  return undefined
}

function mediaPart(block: Fields): MessagePart | undefined {
  const { image_url: imageUrl, source, inlineData, fileData, input_audio: audio } = block
  const url = isObject(imageUrl) ? imageUrl['url'] : imageUrl
  if (typeof url === 'string') return uriPart(url, 'image')
  if (isObject(source)) {
    const { media_type: mimeType, data, url: address } = source
    if (typeof data === 'string') return blobPart(data, mimeType)
    if (typeof address === 'string') return uriPart(address, modalityOf(mimeType) ?? 'image')
  }
  if (isObject(inlineData) && typeof inlineData['data'] === 'string') {
    return blobPart(inlineData['data'], inlineData['mimeType'])
  }
  if (isObject(fileData) && typeof fileData['fileUri'] === 'string') {
    const { mimeType } = fileData
    return {
      ...uriPart(fileData['fileUri'], modalityOf(mimeType) ?? 'document'),
      ...mime(mimeType)
    }
  }
  if (isObject(audio) && typeof audio['data'] === 'string') {
    return blobPart(audio['data'], `audio/${String(audio['format'])}`)
  }
  return undefined
}

const DATA_URL = /^data:([^;,]+)[^,]*;base64,(.*)$/s

function uriPart(uri: string, modality: string): MessagePart {
  const [, mimeType, data] = DATA_URL.exec(uri) ?? []
  if (data !== undefined) return blobPart(data, mimeType)
  return { type: 'uri', modality, uri }
}

function blobPart(content: string, mimeType: unknown): MessagePart {
  return {
    type: 'blob',
    modality: modalityOf(mimeType) ?? 'document',
    ...mime(mimeType),
    content
  }
}

function mime(mimeType: unknown): { mime_type?: string } {
  return typeof mimeType === 'string' ? { mime_type: mimeType } : {}
}

function modalityOf(mimeType: unknown): string | undefined {
  if (typeof mimeType !== 'string') return undefined
  const [kind = ''] = mimeType.split('/')
  return ['image', 'audio', 'video'].includes(kind) ? kind : 'document'
}
