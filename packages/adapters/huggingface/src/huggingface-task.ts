import {
  type CallRequest,
  decodeBase64,
  isObject,
  type Protocol,
  providerOf,
  textMember
} from '@slm-audit/core'
import { homeOf } from './home.ts'
import { readTask } from './read-task.ts'
import { textGeneration } from './text-generation.ts'

/** Hosts whose paths name a model: the API of old, and the router to providers. */
const HOSTS = /(^|\.)huggingface\.co$/
const MODEL = /\/models\/([^/]+\/[^/]+|[^/]+)(?:\/pipeline\/([\w-]+))?$/
const PIPELINE = /\/pipeline\/([\w-]+)\/(.+)$/

/** Operations whose input is a sound or an image. */
const MEDIA = /speech_recognition|^audio_|^image_(?!generation)|object_detection|^depth_/

/** OTel's names of operations; other tasks keep Hugging Face's, with underscores. */
const OPERATIONS: { readonly [task: string]: string } = {
  'feature-extraction': 'embeddings',
  'text-generation': 'text_completion',
  conversational: 'chat'
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
  home: homeOf(() => huggingfaceTask)
}

/** What a client's method sends, wherever it sends it: the task is known by the method. */
export function taskOf(operation: string): Protocol {
  return {
    ...huggingfaceTask,
    matches: (_url, method) => method === 'POST',
    readRequest: (body, url) => readRequest(body, url, operation)
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
