import {
  type CallRequest,
  decodeBase64,
  isObject,
  type Protocol,
  providerOf,
  textMember
} from '@slm-audit/core/adapter'
import { readTask } from './read-task.ts'
import { textGeneration } from './text-generation.ts'
import { workerModuleOf } from './worker-module.ts'

/** Hosts whose paths name a model: the API of old, and the router to providers. */
const HOSTS = /(^|\.)huggingface\.co$/
const MODEL = /\/models\/((?:[^/]+\/)??[^/]+?)(?:\/pipeline\/([\w-]+)|\/predictions)?$/
const PIPELINE = /\/pipeline\/([\w-]+)\/(.+)$/

/** Operations whose input is a sound or an image. */
const MEDIA = /^transcription$|^audio_|^image_(?!generation)|object_detection|^depth_/

/** Names that operations have for other providers, too; other tasks keep Hugging Face's, with underscores. */
const OPERATIONS: { readonly [task: string]: string } = {
  'feature-extraction': 'embeddings',
  'text-generation': 'text_completion',
  conversational: 'chat',
  'automatic-speech-recognition': 'transcription',
  'text-to-speech': 'speech',
  'text-to-image': 'image_generation',
  'text-to-video': 'video_generation'
}

/** The operation of a task, by its tag: `feature-extraction`, `zero-shot-classification`, … */
export function operationOf(task: string): string {
  return OPERATIONS[task] ?? task.replaceAll('-', '_')
}

/**
 * Tasks of Hugging Face's inference API (`POST …/models/{id}`, `…/models/{id}/pipeline/{task}`,
 * `…/pipeline/{task}/{id}`): classifiers with their scores, embeddings, summaries, speech, images.
 * Sounds and images that are sent or answered are recorded by digest. Which task a model does is
 * its own matter unless the path says it; the wrapped client knows it.
 *
 * Source: Hugging Face, "Inference Providers: HF Inference" and @huggingface/tasks.
 */
export const huggingfaceTask: Protocol = {
  ...(textGeneration as Protocol),
  name: 'huggingface.task',
  matches: ({ hostname, pathname }, method) =>
    method === 'POST' && HOSTS.test(hostname) && (MODEL.test(pathname) || PIPELINE.test(pathname)),
  readRequest: (body, url) => readRequest(body, url),
  readResponse: readTask,
  workerModule: workerModuleOf(() => huggingfaceTask)
}

/**
 * What a client's method sends, wherever it sends it: the task is known by the method, and the model, where
 * neither the path nor the body names it, by the caller.
 */
export function taskOf(operation: string, model?: unknown): Protocol {
  return {
    ...huggingfaceTask,
    matches: (_url, method) => method === 'POST',
    readRequest: (body, url) => ({
      ...textMember('model', model),
      ...readRequest(body, url, operation)
    })
  }
}

/** A chat of OpenAI's format that some providers are asked to go on with a text: they get `inputs`. */
export function continuing(chat: Protocol): Protocol {
  return {
    ...chat,
    readRequest: (body, url, headers) =>
      isObject(body) && body.inputs !== undefined
        ? readRequest(body, url, 'text_completion')
        : chat.readRequest(body, url, headers)
  }
}

function readRequest(body: unknown, url: URL, byMethod?: string): CallRequest {
  const { pathname } = url
  const [, byModel, task] = MODEL.exec(pathname) ?? []
  const [, byPipeline, piped] = byModel === undefined ? (PIPELINE.exec(pathname) ?? []) : []
  const named = task ?? byPipeline
  const operation = byMethod ?? (named === undefined ? 'inference' : operationOf(named))
  const known = {
    operation,
    provider: providerOf(url, 'hugging_face'),
    ...textMember('model', byModel ?? piped)
  }
  // The bytes of a sound may happen to be a text.
  const isText = typeof body === 'string' && MEDIA.test(operation)
  if (isText) return { ...known, input: new TextEncoder().encode(body) }
  if (!isObject(body)) return { ...known, input: body }
  const { model, inputs, parameters, stream, ...rest } = body
  const shared = {
    ...known,
    ...textMember('model', model ?? known.model),
    ...(typeof stream === 'boolean' && { stream })
  }
  // In a provider's own format anything may be what people wrote.
  if (inputs === undefined) return { ...shared, input: body }
  const settings = { ...rest, ...(isObject(parameters) && parameters) }
  return { ...shared, input: MEDIA.test(operation) ? bytesOf(inputs) : inputs, settings }
}

/** Beside parameters, sounds and images are sent as base64. */
function bytesOf(inputs: unknown): unknown {
  return typeof inputs === 'string' ? (decodeBase64(inputs) ?? inputs) : inputs
}
