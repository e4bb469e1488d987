import {
  type CallResponse,
  isObject,
  type Protocol,
  pickDetails,
  readError,
  readUsage
} from '@slm-audit/core/adapter'
import { type Fields, keepLast } from './choices-fold.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'
import { workerModuleOf } from './worker-module.ts'

/** The images and the facts beside them, as the answer in one piece has them. */
interface ImagesFold {
  readonly body: Fields
  /** The last image so far of a stream that has not completed. */
  partial?: Fields
}

const DETAILS = ['created', 'background', 'output_format', 'quality', 'size']

/**
 * Images (`POST …/images/generations`, `…/edits`, `…/variations`): images in the prompt and in the
 * answer are recorded by digest, size and type, the bytes themselves where the log keeps media;
 * images behind a URL by the URL. Of a streamed image the last state is kept.
 *
 * Source: type definitions of the openai package, 7.59 (`resources/images`).
 */
export const openaiImages: Protocol<ImagesFold> = {
  name: 'openai.images',
  framing: 'sse',
  matches: ({ pathname }, method) =>
    method === 'POST' && /\/images\/(generations|edits|variations)$/.test(pathname),
  readRequest: (body, url) =>
    readRequest('image_generation', ['prompt', 'image', 'image[]', 'images', 'mask'], body, url),
  readResponse: read,
  throwsAt,
  start: () => ({ body: {} }),
  step: stepImages,
  finish: ({ body, partial }) => read(partial && !body.data ? { ...body, data: [partial] } : body),
  workerModule: workerModuleOf(() => openaiImages)
}

function stepImages(fold: ImagesFold, event: unknown): ImagesFold {
  if (!isObject(event)) return fold
  const { type, b64_json, created_at: created, partial_image_index: _index, ...rest } = event
  keepLast(fold.body, { ...rest, ...(created !== undefined && { created }) })
  if (typeof b64_json !== 'string') return fold
  const image = { b64_json }
  if (String(type).endsWith('.partial_image')) fold.partial = image
  else fold.body.data = [...(Array.isArray(fold.body.data) ? fold.body.data : []), image]
  return fold
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { data, output_format: format } = value
  const usage = readUsage(value.usage)
  const error = readError(value.error)
  return {
    ...(Array.isArray(data) && { output: data.map((image) => typed(image, format)) }),
    ...(usage && { usage }),
    ...pickDetails(value, DETAILS),
    ...(error && { error })
  }
}

/** An image says its type beside its bytes, where the answer says it. */
function typed(image: unknown, format: unknown): unknown {
  if (!isObject(image) || typeof format !== 'string' || !('b64_json' in image)) return image
  return { ...image, media_type: `image/${format}` }
}
