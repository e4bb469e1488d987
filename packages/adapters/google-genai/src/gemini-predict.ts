import {
  type CallRequest,
  type CallResponse,
  decodeBase64,
  isObject,
  nonStreaming,
  type Protocol,
  readError
} from '@slm-audit/core/adapter'
import { readPath, readTarget } from './model-path.ts'
import { workerModuleOf } from './worker-module.ts'

const METHODS = new Set(['predict', 'predictLongRunning'])
/** Models that draw or change pictures, also without a prompt. */
const DRAWS = /^(imagen|virtual-try-on)/

/**
 * `POST …/models/{model}:predict`: images of Imagen, by their digest, with the reasons why others were
 * held back; on Vertex AI also embeddings of text. `:predictLongRunning`: videos, whose making the answer
 * names.
 *
 * Source: Gemini API reference, "Imagen", "Veo"; Vertex AI, "Generate images", "Text embeddings API".
 */
export const geminiPredict: Protocol = {
  name: 'google.predict',
  matches: (url, method) => method === 'POST' && METHODS.has(readPath(url)?.method ?? ''),
  readRequest,
  ...nonStreaming(read),
  workerModule: workerModuleOf(() => geminiPredict)
}

function readRequest(body: unknown, url: URL): CallRequest {
  const instances = isObject(body) && Array.isArray(body.instances) ? body.instances : []
  const target = readTarget(operationOf(url, instances), url)
  if (!isObject(body)) return { ...target, input: body }
  const { instances: input, parameters, ...rest } = body
  const { negativePrompt, ...settings } = isObject(parameters) ? parameters : { parameters }
  const asked = Array.isArray(input) ? input.map(withBytes) : input
  return {
    ...target,
    input: negativePrompt === undefined ? asked : { instances: asked, negativePrompt },
    settings: { ...rest, ...settings }
  }
}

function operationOf(url: URL, instances: readonly unknown[]): string {
  const { model = '', method } = readPath(url) ?? {}
  const has = (name: string) => instances.some((one) => isObject(one) && name in one)
  if (method === 'predictLongRunning') return 'video_generation'
  if (DRAWS.test(model) || has('prompt')) return 'image_generation'
  return model.includes('embed') || has('content') ? 'embeddings' : 'predict'
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { predictions } = value
  const error = readError(value.error)
  // The making of something that is fetched later.
  if (typeof value.name === 'string')
    return { id: value.name, output: value, ...(error && { error }) }
  return {
    ...(Array.isArray(predictions) && {
      output: predictions.map(withBytes),
      details: { count: predictions.length }
    }),
    ...(error && { error })
  }
}

/** Base64 of an image as the bytes that it stands for, so that it is recorded by its digest. */
function withBytes(value: unknown): unknown {
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => {
    if (name === 'bytesBase64Encoded' && typeof member === 'string') {
      return [name, decodeBase64(member) ?? member]
    }
    return [name, Array.isArray(member) ? member.map(withBytes) : nested(member)]
  })
  return Object.fromEntries(entries)
}

function nested(member: unknown): unknown {
  return isObject(member) && !('values' in member) ? withBytes(member) : member
}
